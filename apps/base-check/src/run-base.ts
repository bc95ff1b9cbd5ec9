import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createPrng } from '@kernelcast/artifact';
import { initInferenceBackend } from '@kernelcast/compute';
import {
  BASE_CHECK_FILES as FILES,
  DEFAULT_PARAMS_RATIO,
  type BaseCheckAnswer,
  type BaseCheckOrder,
  type BaseNetworkFinding,
  type BaseNetworkReport,
} from '@kernelcast/contracts';
import { BudgetError, plan } from '@kernelcast/km';
import { createRunner, loadBaseNetwork, type BaseNetwork, type NetworkGraph, type Runner } from '@kernelcast/nets';
import { findingOf } from './findings.js';

const SEED = 20_260_101;
/** Enough to see whether what comes out depends on what goes in. */
const IMAGES = 4;
const RUNS = 3;
const PIXEL_VALUES = 256;
const METHOD = 'km';

type Run = Pick<BaseNetworkReport, 'findings' | 'millisecondsPerImage'>;
type Budget = Pick<BaseNetworkReport, 'findings' | 'plannedParameters' | 'smallestRatio'>;

/** Runs a base network on pseudo-random images, the same for all of one size, and plans a modulator on it. */
export async function runBase({ folder }: Extract<BaseCheckOrder, { type: 'run' }>): Promise<BaseCheckAnswer> {
  const read = (name: string): Promise<Uint8Array> => readFile(path.join(folder, name));
  let base: BaseNetwork;
  try {
    base = await loadBaseNetwork(await read(FILES.graph), await read(FILES.weights));
  } catch (error) {
    return { type: 'ran', report: reportOf({ findings: [findingOf(error)], millisecondsPerImage: null }, NO_PLAN) };
  }
  await initInferenceBackend();
  return { type: 'ran', report: reportOf(forward(base), planOn(base.graph)) };
}

const NO_PLAN: Budget = { findings: [], plannedParameters: null, smallestRatio: null };

const reportOf = (run: Run, budget: Budget): BaseNetworkReport => ({
  ...budget,
  ...run,
  findings: [...run.findings, ...budget.findings],
  images: IMAGES,
  peakBytes: null,
});

function forward(base: BaseNetwork): Run {
  const { graph } = base;
  const runner = createRunner(base);
  const images = drawImages(graph);
  const features = runner.predict(images);
  const findings = checkFeatures(features, graph.featureSize);
  return { findings, millisecondsPerImage: findings.length === 0 ? time(runner, images) : null };
}

function drawImages({ input: { height, width, channels } }: NetworkGraph): Uint8Array {
  const prng = createPrng(SEED);
  return Uint8Array.from({ length: IMAGES * height * width * channels }, () =>
    Math.floor(prng.nextFloat() * PIXEL_VALUES),
  );
}

function time(runner: Runner, images: Uint8Array): number {
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    runner.predict(images);
    return (performance.now() - start) / IMAGES;
  });
  return times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
}

/** Faults of what came out for {@link IMAGES} images that differ. */
export function checkFeatures(features: Float32Array, featureSize: number): BaseNetworkFinding[] {
  const finding = (code: BaseNetworkFinding['code'], severity: 'error' | 'warning', detail: string) => [
    { code, severity, subject: null, detail },
  ];
  if (features.length !== IMAGES * featureSize) {
    const detail = `${features.length / IMAGES} features of an image, not ${featureSize} as the graph says`;
    return finding('wrong_feature_size', 'error', detail);
  }
  const broken = features.findIndex((value) => !Number.isFinite(value));
  if (broken !== -1) {
    return finding('output_not_finite', 'error', `feature ${broken % featureSize} is ${features[broken]}`);
  }
  const isConstant = features.every((value, at) => value === features[at % featureSize]);
  return isConstant ? finding('output_constant', 'warning', 'all images have the same features') : [];
}

function planOn(graph: NetworkGraph): Budget {
  try {
    const { totalParams } = plan(graph, { paramsRatio: DEFAULT_PARAMS_RATIO }, METHOD);
    return { findings: [], plannedParameters: totalParams, smallestRatio: null };
  } catch (error) {
    if (!(error instanceof BudgetError)) throw error;
    const { smallestRatio } = error;
    const detail = `the least budget of km here is a paramsRatio of ${smallestRatio}, not ${DEFAULT_PARAMS_RATIO}`;
    const finding = { code: 'budget_unreachable', severity: 'warning', subject: null, detail } as const;
    return { findings: [finding], plannedParameters: null, smallestRatio };
  }
}
