/** How likely chance alone splits the images that two classifiers disagree on at least as unevenly. Two-sided. */
export interface PairedTest {
  /** McNemar's test (Psychometrika 12, 1947) in its exact form. 1 where none differ. */
  readonly exact: number;
  /** Its mid-p form, less conservative (Fagerland, Lydersen & Laake, BMC Med. Res. Methodol. 13:91, 2013). */
  readonly midP: number;
}

/**
 * Tests a split of images that only one of two classifiers has right: each goes to either with even odds where both
 * are equally good, so the split is binomial.
 *
 * @param a - images only the first has right
 * @param b - images only the second has right
 */
export function pairedTest(a: number, b: number): PairedTest {
  const throws = a + b;
  const fewer = Math.min(a, b);
  let logTerm = -throws * Math.LN2;
  let below = 0;
  for (let heads = 0; heads < fewer; heads++) {
    below += Math.exp(logTerm);
    logTerm += Math.log((throws - heads) / (heads + 1));
  }
  const term = Math.exp(logTerm);
  // Where both sides are equal the two tails share their largest term.
  if (a === b) return { exact: 1, midP: throws === 0 ? 1 : 1 - term / 2 };
  return { exact: Math.min(1, 2 * (below + term)), midP: Math.min(1, 2 * below + term) };
}
