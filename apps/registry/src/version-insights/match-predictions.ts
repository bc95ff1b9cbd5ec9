import { IMAGE_KEY_BYTES, pairedTest, type TestPredictions } from '@kernelcast/artifact';
import type { FlippedPrediction, PairedPredictions } from '@kernelcast/contracts';

/** Flips that are shown; all are counted. */
const MAX_FLIPS = 100;

interface Flip extends FlippedPrediction {
  readonly becameWrong: boolean;
}

/**
 * Compares two versions on the test images that both were measured on: the same file under the same label, whatever data
 * set it lies in. A file that a set holds more than once pairs as often as both hold it.
 */
export function matchPredictions(from: TestPredictions, to: TestPredictions): PairedPredictions {
  const counts = { bothRight: 0, onlyFromRight: 0, onlyToRight: 0, bothWrong: 0 };
  const flips: Flip[] = [];
  const partners = indexesByImage(to);
  let shared = 0;
  from.truth.forEach((_, n) => {
    const image = keyOf(from, n);
    const label = labelOf(from, from.truth, n);
    const partner = takePartner(partners.get(image), (m) => labelOf(to, to.truth, m) === label);
    if (partner === undefined) return;
    shared++;
    const [a, b] = [guessOf(from, n), guessOf(to, partner)];
    const [right, alsoRight] = [a.label === label, b.label === label];
    counts[right ? (alsoRight ? 'bothRight' : 'onlyFromRight') : alsoRight ? 'onlyToRight' : 'bothWrong']++;
    if (a.label !== b.label) flips.push({ image, label, from: a, to: b, becameWrong: right });
  });
  const { exact: exactP, midP } = pairedTest(counts.onlyFromRight, counts.onlyToRight);
  const totals = { shared, fromImages: from.truth.length, toImages: to.truth.length, ...counts };
  return { ...totals, flipped: flips.length, flips: shown(flips), exactP, midP };
}

/** Those that became wrong first, then the surest of the new predictions. */
function shown(flips: readonly Flip[]): FlippedPrediction[] {
  const worst = (a: Flip, b: Flip): number =>
    Number(b.becameWrong) - Number(a.becameWrong) || b.to.probability - a.to.probability;
  return [...flips]
    .sort(worst)
    .slice(0, MAX_FLIPS)
    .map(({ becameWrong: _, ...flip }) => flip);
}

function keyOf({ images }: TestPredictions, n: number): string {
  return Buffer.from(images.subarray(n * IMAGE_KEY_BYTES, (n + 1) * IMAGE_KEY_BYTES)).toString('hex');
}

function labelOf({ labels }: TestPredictions, classes: Uint16Array, n: number): string {
  return labels[classes[n] ?? -1] ?? '';
}

function guessOf(predictions: TestPredictions, n: number): { label: string; probability: number } {
  return { label: labelOf(predictions, predictions.predicted, n), probability: predictions.probability[n] ?? 0 };
}

function indexesByImage(predictions: TestPredictions): Map<string, number[]> {
  const indexes = new Map<string, number[]>();
  predictions.truth.forEach((_, n) => {
    const key = keyOf(predictions, n);
    const known = indexes.get(key);
    if (known) known.push(n);
    else indexes.set(key, [n]);
  });
  return indexes;
}

function takePartner(candidates: number[] | undefined, fits: (index: number) => boolean): number | undefined {
  const at = candidates?.findIndex(fits) ?? -1;
  return at < 0 ? undefined : candidates?.splice(at, 1)[0];
}
