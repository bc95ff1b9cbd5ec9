import { table } from '../../../compute/bench/measure.mjs';
import { DOMAIN_STEPS, RATE_FACTORS, SHOTS } from './run.mjs';

export const VARIANTS = {
  km: 'km + head',
  all: 'all weights (MAML)',
  head: 'head only (ANIL)',
  bn: 'BatchNorm + head',
};
/** Half the width of a 95 % interval, in standard errors. */
const Z = 1.96;

export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function deviation(values) {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / Math.max(1, values.length - 1));
}

/** Mean and half-width of its 95 % interval, in per cent. */
export function interval(values) {
  return { mean: 100 * mean(values), half: (100 * Z * deviation(values)) / Math.sqrt(values.length) };
}

/** For each episode the mean over seeds: the episodes are the same for all. */
function overSeeds(lists) {
  return lists[0].map((_, n) => mean(lists.map((list) => list[n])));
}

export const show = ({ mean: centre, half }) => `${centre.toFixed(1)} ± ${half.toFixed(1)}`;
const signed = ({ mean: centre, half }) => `${centre < 0 ? '' : '+'}${centre.toFixed(1)} ± ${half.toFixed(1)}`;
const pick = (rows, variant) => rows.filter((row) => row.variant === variant);
const present = (rows) => Object.keys(VARIANTS).filter((variant) => pick(rows, variant).length > 0);

/** Accuracy per variant: over episodes, of the means over seeds; and how far single seeds lie apart. */
export function accuracyTable(rows) {
  const header = ['5-way', 'adapted', ...SHOTS.map((shots) => `${shots}-shot %`), ...SHOTS.map((shots) => `sd of seeds, ${shots}-shot`), 'seeds']; // prettier-ignore
  const lines = present(rows).map((variant) => {
    const own = pick(rows, variant);
    const seedMeans = (shots) => own.map((row) => 100 * mean(row.accuracy[shots]));
    return [
      VARIANTS[variant],
      String(own[0].adapted),
      ...SHOTS.map((shots) => show(interval(overSeeds(own.map((row) => row.accuracy[shots]))))),
      ...SHOTS.map((shots) => (own.length > 1 ? deviation(seedMeans(shots)).toFixed(1) : '-')),
      String(own.length),
    ];
  });
  return table([header, ...lines]);
}

/**
 * km less each rival on the same episodes, for the seeds that both have.
 * @returns by rival and shots `{mean, half, verdict}`; `level` when the interval holds zero
 */
export function differences(rows) {
  const result = {};
  for (const rival of present(rows).filter((variant) => variant !== 'km')) {
    const pairs = pick(rows, rival).flatMap((row) => {
      const km = pick(rows, 'km').find(({ seed }) => seed === row.seed);
      return km ? [{ km, row }] : [];
    });
    if (pairs.length === 0) continue;
    result[rival] = Object.fromEntries(
      SHOTS.map((shots) => {
        const lists = pairs.map(({ km, row }) => km.accuracy[shots].map((value, n) => value - row.accuracy[shots][n]));
        const own = interval(overSeeds(lists));
        const verdict = Math.abs(own.mean) <= own.half ? 'level' : own.mean > 0 ? 'ahead' : 'behind';
        return [shots, { ...own, verdict, seeds: pairs.length }];
      }),
    );
  }
  return result;
}

export function differencesTable(found) {
  const header = ['km less ...', ...SHOTS.flatMap((shots) => [`${shots}-shot points`, ''])];
  const lines = Object.entries(found).map(([rival, byShots]) => [
    VARIANTS[rival],
    ...SHOTS.flatMap((shots) => [signed(byShots[shots]), byShots[shots].verdict]),
  ]);
  return table([header, ...lines]);
}

/** 5-way 5-shot accuracy when all inner rates are multiplied by a factor. */
export function sensitivityTable(rows) {
  const header = ['inner rates times', ...RATE_FACTORS.map((factor) => (factor < 1 ? `1/${1 / factor}` : String(factor))), 'worst of 1/4 to 4']; // prettier-ignore
  const lines = present(rows).map((variant) => {
    const at = (factor) => 100 * mean(pick(rows, variant).flatMap((row) => row.sensitivity[factor]));
    const middle = RATE_FACTORS.filter((factor) => factor >= 1 / 4 && factor <= 4);
    return [
      VARIANTS[variant],
      ...RATE_FACTORS.map((factor) => at(factor).toFixed(1)),
      Math.min(...middle.map(at)).toFixed(1),
    ];
  });
  return table([header, ...lines]);
}

/** 5-way 5-shot accuracy on digits after meta-training on characters, by inner steps. */
export function domainTable(rows) {
  const header = ['digits, inner steps', ...DOMAIN_STEPS.map(String)];
  const lines = present(rows).map((variant) => [
    VARIANTS[variant],
    ...DOMAIN_STEPS.map((steps) => show(interval(overSeeds(pick(rows, variant).map((row) => row.domain[steps]))))),
  ]);
  return table([header, ...lines]);
}

/** What a device gets: modulators of `fewShot`, folded, one image at a time. */
export function deviceTable(rows) {
  const own = pick(rows, 'km');
  const header = ['km by fewShot', ...SHOTS.map((shots) => `${shots}-shot %`)];
  return table([
    header,
    [
      'folded, support statistics',
      ...SHOTS.map((shots) => show(interval(overSeeds(own.map((row) => row.folded[shots]))))),
    ],
    ['seconds to adapt', ...SHOTS.map((shots) => mean(own.map((row) => row.fewShotSeconds[shots])).toFixed(3))],
  ]);
}
