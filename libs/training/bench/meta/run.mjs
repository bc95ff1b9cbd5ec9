// One row of the meta-learning benchmark: a base meta-trained under one variant, and all that is measured of it.
import { parameterSpecs } from '@kernelcast/nets';
import { evaluateEpisodes, evaluateFolded, fewShot, metaTrain, sampleEpisode } from '../../dist/index.js';

const WAYS = 5;
const QUERIES = 10;
/** The same for every row, so that all answer the same questions. */
const EPISODE_SEED = 1;
/** Adaptations that a time is the median of. */
const TIMED = 15;

export const SHOTS = [1, 5];
/** Factors on all inner rates, head included. */
export const RATE_FACTORS = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 16];
/** Inner steps tried where the images are of another kind than those of meta-training. */
export const DOMAIN_STEPS = [2, 5, 10];

/** What makes a row different from others. */
export function keyOf(config, variant, seed) {
  const { algorithm, iterations, filters, budget, episodes, source } = config;
  return JSON.stringify({ source, algorithm, variant, iterations, filters, budget, episodes, seed });
}

/**
 * @param data - `graph`; classes to `train` on, classes to `test` on, and `digits`
 * @param log - takes a line of progress
 */
export async function measure(config, { variant, seed }, data, log) {
  const cpu = process.cpuUsage();
  const { base, start, seconds } = await metaTrain({
    graph: data.graph,
    classes: data.train,
    variant,
    algorithm: config.algorithm,
    budget: { paramsRatio: config.budget },
    hyperparameters: {
      iterations: config.iterations,
      ...(config.calibrationEpisodes && { calibrationEpisodes: config.calibrationEpisodes }),
    },
    seed,
    onIteration: ({ iteration, iterations, smoothedLoss }) => {
      if (iteration % 200 === 0)
        log(`${variant} seed ${seed}: ${iteration}/${iterations}, loss ${smoothedLoss.toFixed(3)}`);
    },
  });
  const cpuSeconds = process.cpuUsage(cpu).user / 1e6;
  const common = { base, start, seed: EPISODE_SEED };
  const row = {
    key: keyOf(config, variant, seed),
    ...config,
    variant,
    seed,
    adapted: adaptedNumbers(base.graph, start),
    seconds: round(seconds, 1),
    cpuSeconds: round(cpuSeconds, 1),
    iterationsPerCpuSecond: round(config.iterations / cpuSeconds, 2),
    accuracy: {},
  };
  for (const shots of SHOTS) {
    const options = { ...common, classes: data.test, shape: shapeOf(shots), episodes: config.episodes };
    row.accuracy[shots] = await evaluateEpisodes(options);
    if (variant !== 'km') continue;
    row.folded = { ...row.folded, [shots]: await evaluateFolded(options) };
    row.fewShotSeconds = { ...row.fewShotSeconds, [shots]: await timeFewShot(base, start, data.test, shots) };
  }
  return { ...row, ...(await beyond(config, common, data)) };
}

/** Accuracy at other inner rates, and on images of another kind. */
async function beyond({ probes }, common, { test, digits }) {
  const shape = shapeOf(5);
  const sensitivity = {};
  for (const rateFactor of RATE_FACTORS) {
    sensitivity[rateFactor] = await evaluateEpisodes({ ...common, classes: test, shape, episodes: probes, rateFactor });
  }
  const domain = {};
  for (const steps of digits ? DOMAIN_STEPS : []) {
    domain[steps] = await evaluateEpisodes({ ...common, classes: digits, shape, episodes: probes, steps });
  }
  return { sensitivity, domain };
}

async function timeFewShot(base, start, classes, shots) {
  const times = [];
  for (let seed = 0; seed < TIMED; seed++) {
    const { support, classes: labels } = sampleEpisode(classes, shapeOf(shots), seed);
    times.push((await fewShot({ base, start, labels, support })).seconds);
  }
  return round(times.toSorted((a, b) => a - b)[Math.floor(TIMED / 2)], 4);
}

const shapeOf = (shots) => ({ ways: WAYS, shots, queries: QUERIES });

/** Numbers that the inner loop adapts, the head's left out. */
function adaptedNumbers(graph, { rates, factors }) {
  const sizes = new Map(parameterSpecs(graph).map(({ name, shape }) => [name, shape.reduce((a, b) => a * b, 1)]));
  for (const [name, { shape }] of factors) {
    const outputs =
      parameterSpecs(graph)
        .find((spec) => spec.name === name.replace(/B$/, 'kernel'))
        ?.shape.at(-1) ?? 0;
    sizes.set(name, shape[0] * shape[1]).set(name.replace(/B$/, 'A'), shape[0] * outputs);
  }
  return [...rates.keys()].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
}

function round(value, digits) {
  return Number(value.toFixed(digits));
}
