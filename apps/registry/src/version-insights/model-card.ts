import { digestSchema, type ClassCount, type ModelCard, type ModulatorVersion } from '@kernelcast/contracts';
import { summarise } from './side-by-side.js';
import { classCountsOf, settledOf, type LineageRow } from './version-insights.repository.js';
import { wilson } from './wilson.js';

/** Fewer test images of a class than this leave its accuracy open by ten points and more. */
const FEW_IMAGES = 100;
/** Beyond this the probabilities should not be taken at their word. */
const POOR_CALIBRATION = 0.05;
/** Largest class over the smallest, from which on the overall accuracy says little about the small ones. */
const IMBALANCE = 3;

/** Puts together what is known of a version. What was not kept when it was made is null. */
export function modelCard(version: ModulatorVersion, origin: LineageRow): ModelCard {
  const { modulator, trainingJob: job, trainerVersion } = origin;
  const { baseNetwork: base, datasetVersion: dataset } = job;
  const { metrics } = version;
  const classes = classCountsOf(dataset);
  const card = {
    version: summarise(version),
    intendedUse: { task: version.taskName, title: modulator.task.title, labels: version.labels },
    base: {
      id: base.id,
      name: base.name,
      architecture: base.architecture,
      digest: version.baseDigest,
      parameters: base.parameters,
      bytes: base.weightsSize,
      input: { height: base.inputHeight, width: base.inputWidth },
    },
    data: {
      dataset: dataset.dataset.name,
      version: dataset.version,
      id: dataset.id,
      digest: digestSchema.nullable().parse(dataset.digest),
      images: dataset.images,
      classes,
      largestOverSmallest: balanceOf(classes),
    },
    training: {
      job: job.id,
      scenario: job.scenario,
      method: job.method,
      seed: Number(job.seed),
      hyperparameters: settledOf(origin),
      backend: job.backend,
      threads: job.threads,
      trainerVersion,
      startedFrom: job.startFromId,
    },
    metrics: {
      top1: wilson(metrics.top1, metrics.images),
      loss: metrics.loss,
      perClass: metrics.perClass.map(({ label, accuracy, images }) => ({ label, ...wilson(accuracy, images) })),
      calibrationError: metrics.calibrationError ?? null,
    },
    size: {
      bytes: version.size,
      bytesRatio: version.size / base.weightsSize,
      parameters: version.parameters,
      headParameters: version.headParameters,
      paramsRatio: version.paramsRatio,
    },
    reproduce: `kernelcast replay ${version.id}`,
  };
  return { ...card, limits: limitsOf(card) };
}

function balanceOf(classes: readonly ClassCount[]): number | null {
  const counts = classes.map(({ train }) => train);
  const smallest = Math.min(...counts);
  return counts.length > 0 && smallest > 0 ? Math.max(...counts) / smallest : null;
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** What somebody who relies on the version should know first. Said only where the numbers say it. */
function limitsOf({ intendedUse, base, data, metrics }: Omit<ModelCard, 'limits'>): string[] {
  const { height, width } = base.input;
  const fixed = [
    `It knows ${intendedUse.labels.length} classes and answers with one of them whatever the image shows.`,
    `Images are brought to ${height} × ${width} pixels; what is smaller than that in them is lost.`,
  ];
  const measured = metrics.perClass.filter(({ images }) => images > 0);
  const [worst] = [...measured].sort((a, b) => a.value - b.value);
  const few = measured.filter(({ images }) => images < FEW_IMAGES);
  const unmeasured = metrics.perClass.length - measured.length;
  const { calibrationError } = metrics;
  const balance = data.largestOverSmallest;
  return [
    ...fixed,
    ...(worst ? [`It does worst on “${worst.label}”: ${percent(worst.value)} of ${worst.images} images.`] : []),
    ...(few.length > 0
      ? [`${few.length} classes were measured on fewer than ${FEW_IMAGES} images each: mind their intervals.`]
      : []),
    ...(unmeasured > 0 ? [`${unmeasured} classes have no test image: nothing is known of them.`] : []),
    ...(balance !== null && balance >= IMBALANCE
      ? [`The largest class has ${balance.toFixed(1)} times the training images of the smallest.`]
      : []),
    ...(calibrationError !== null && calibrationError > POOR_CALIBRATION
      ? [`Its probabilities are off by ${percent(calibrationError)} on average: do not take them at their word.`]
      : []),
  ];
}
