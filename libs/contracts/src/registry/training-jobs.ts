import { z } from 'zod';
import { jobErrorCodeSchema } from '../common/errors.js';
import { anyOf, createdFilters, listQuery } from '../common/list-query.js';
import { idSchema, slugSchema, timestampSchema } from '../common/primitives.js';
import { versionReferenceSchema } from './aliases.js';
import { evaluationSchema } from './evaluation.js';
import { checkScenario, scenarioSchema } from './job-scenarios.js';
import { metaMetricsSchema, metaSettingsSchema } from './meta-learning.js';

export const DEFAULT_PARAMS_RATIO = 0.014;

export const methodSchema = z.enum(['km', 'head', 'bias', 'bn', 'lora-conv', 'full']);
export type Method = z.infer<typeof methodSchema>;

const numberOrAuto = (schema: z.ZodNumber) => z.union([schema, z.literal('auto')]);

const choiceOrAuto = <T extends string>(...values: readonly [T, ...T[]]) =>
  z.union([z.enum(values), z.literal('auto')]);
const switchSchema = (description: string) => z.boolean().meta({ description });

/**
 * Values or "auto"; auto lets the trainer choose from the dataset and the method's tuned defaults and, where the
 * budget has seconds to spare, search on held-back training images.
 */
export const hyperparametersSchema = z
  .object({
    steps: numberOrAuto(z.int().min(1).max(1_000_000)),
    batchSize: numberOrAuto(z.int().min(2).max(1024)),
    optimiser: choiceOrAuto('adam', 'sgd').meta({
      description: "Adam with decoupled weight decay, or gradient descent with Nesterov's momentum",
    }),
    learningRate: numberOrAuto(z.number().positive().max(10)).meta({ description: 'Peak rate of what is adapted' }),
    headLearningRate: numberOrAuto(z.number().positive().max(10)).meta({ description: 'Peak rate of the head' }),
    weightDecay: numberOrAuto(z.number().min(0).max(1)),
    gradientClip: numberOrAuto(z.number().min(0).max(1_000_000)).meta({
      description: 'Largest norm of the gradient over all parameters; 0 clips nothing',
    }),
    schedule: choiceOrAuto('cosine', 'constant').meta({ description: 'Of the rates, after the warm-up' }),
    warmUpSteps: numberOrAuto(z.int().min(0).max(100_000)),
    finalRate: numberOrAuto(z.number().min(0).max(1)).meta({ description: 'Share of the peak that a cosine ends at' }),
    labelSmoothing: numberOrAuto(z.number().min(0).max(0.5)),
    averaging: numberOrAuto(z.number().min(0).max(0.99999)).meta({
      description:
        'Decay of the mean over the steps that is kept of the parameters and becomes the result; 0: the last',
    }),
    balanced: switchSchema('Show each class equally often, however many images it has'),
    shiftPixels: numberOrAuto(z.int().min(0).max(16)),
    flip: z.boolean(),
    cropScale: numberOrAuto(z.number().min(0.05).max(1)).meta({
      description: "Smallest share of an image's area that is cut out and enlarged; 1 crops nothing",
    }),
    colourJitter: numberOrAuto(z.number().min(0).max(1)).meta({
      description: 'Strength of random brightness, contrast and saturation',
    }),
    cutoutPixels: numberOrAuto(z.int().min(0).max(256)).meta({
      description: 'Side of a random square that is painted over',
    }),
    validationShare: numberOrAuto(z.number().min(0).max(0.5)).meta({
      description: 'Share of the training images held back to choose the best checkpoint by; 0 trains on all',
    }),
    evaluateEverySteps: numberOrAuto(z.int().min(1).max(1_000_000)).meta({
      description: 'Steps between two measurements on the images held back',
    }),
    patience: numberOrAuto(z.int().min(0).max(1000)).meta({
      description: 'Measurements without a better one after which training ends early; 0 runs all steps',
    }),
  })
  .partial()
  .strict();
export type Hyperparameters = z.infer<typeof hyperparametersSchema>;

/** What a run was made by, once nothing was left to choose; by name, as a trainer may know more of them. */
export const settledHyperparametersSchema = z.record(z.string(), z.union([z.number(), z.string(), z.boolean()]));
export type SettledHyperparameters = z.infer<typeof settledHyperparametersSchema>;

export const budgetSchema = z
  .object({
    paramsRatio: z
      .number()
      .positive()
      .max(1)
      .meta({ description: "Modulator parameters, head excluded, over the base's" }),
    bytes: z.int().positive().meta({ description: "Bytes of the modulator's tensors in f16, head excluded" }),
    seconds: z
      .number()
      .positive()
      .max(7 * 24 * 3600)
      .meta({
        description:
          'Seconds that training may take. What the run itself leaves of them is spent on a search for the ' +
          'hyperparameters left open, on held-back training images; the run is never cut short. Without it, nothing is searched',
      }),
  })
  .partial()
  .strict()
  .refine(
    (budget) => budget.paramsRatio === undefined || budget.bytes === undefined,
    'give paramsRatio or bytes, not both',
  );
export type Budget = z.infer<typeof budgetSchema>;

export const DEFAULT_PRIORITY = 5;
export const prioritySchema = z.int().min(0).max(9).meta({
  description: 'Jobs of a higher number are taken first; of equal ones the older',
});

export const acceleratorSchema = z.enum(['any', 'gpu']).meta({
  description: '`gpu`: only a trainer with a GPU may take the job',
});
export type Accelerator = z.infer<typeof acceleratorSchema>;

export const createTrainingJobSchema = z
  .object({
    task: z.string().max(64).optional().meta({
      description: 'Task id or name; a meta job has none, its dataset may have any classes',
    }),
    outputName: slugSchema.optional().meta({ description: 'Name of the base network that a meta job makes' }),
    datasetVersion: idSchema('datasetVersion'),
    baseNetwork: z.string().max(64).meta({ description: 'Base network id or name' }),
    method: methodSchema.default('km'),
    scenario: scenarioSchema.default('transfer'),
    hyperparameters: hyperparametersSchema.default({}).meta({
      description: 'A few-shot job has only `steps`, a meta job none: it has `meta`',
    }),
    meta: metaSettingsSchema.optional().meta({ description: 'Settings of a meta job' }),
    budget: budgetSchema.optional().meta({
      description:
        `A paramsRatio of ${DEFAULT_PARAMS_RATIO} when absent. ` +
        'Of a meta job it is that of the modulators it prepares for, and of few-shot jobs on its base network the only one',
    }),
    seed: z.int().min(0).max(0xffffffff).default(0),
    priority: prioritySchema.default(DEFAULT_PRIORITY),
    deadline: timestampSchema.nullable().default(null).meta({
      description: 'A job that has not ended by then fails with `deadline_exceeded`',
    }),
    startFrom: versionReferenceSchema.nullable().default(null).meta({
      description:
        'Warm start: training begins at this version of the same task, base network and method, at a tenth of the rates that are left open',
    }),
    accelerator: acceleratorSchema.default('any'),
    dryRun: z.boolean().default(false).meta({ description: 'Validate only; nothing is written' }),
  })
  .strict()
  .superRefine(checkScenario);
export type CreateTrainingJob = z.infer<typeof createTrainingJobSchema>;

export const jobStateSchema = z.enum(['queued', 'running', 'evaluating', 'succeeded', 'paused', 'cancelled', 'failed']);
export type JobState = z.infer<typeof jobStateSchema>;

export const jobProgressSchema = z.object({ step: z.int(), steps: z.int(), epoch: z.number() });

/** Why a job that has not ended is not being trained at this moment. */
export const pendingReasonSchema = z.enum([
  'waiting_for_turn',
  'waiting_for_trainer',
  'waiting_for_gpu',
  'retrying',
  'pausing',
  'paused',
]);
export type PendingReason = z.infer<typeof pendingReasonSchema>;

/** Places in the line that are told: what comes behind is told to wait, and costs nothing to count. */
export const PLACES_SHOWN = 1000;

export const trainingJobSchema = z.object({
  id: idSchema('trainingJob'),
  taskId: idSchema('task').nullable().meta({ description: 'null for a meta job' }),
  taskName: z.string().nullable(),
  outputName: slugSchema.nullable().meta({ description: 'Base network that a meta job makes' }),
  datasetVersionId: idSchema('datasetVersion'),
  baseNetworkId: idSchema('baseNetwork'),
  method: methodSchema,
  scenario: scenarioSchema,
  hyperparameters: hyperparametersSchema,
  meta: metaSettingsSchema.nullable(),
  budget: z.object({ paramsRatio: z.number(), bytes: z.int(), seconds: z.number() }).partial(),
  seed: z.int(),
  state: jobStateSchema,
  attempt: z.int().nonnegative(),
  priority: prioritySchema,
  deadline: timestampSchema.nullable(),
  startFrom: idSchema('modulatorVersion').nullable(),
  accelerator: acceleratorSchema,
  queuePosition: z
    .int()
    .nullable()
    .meta({
      description: `Place in the line; null when it is in none, or behind the first ${PLACES_SHOWN}`,
    }),
  pendingReason: pendingReasonSchema.nullable().meta({ description: 'Why the job is not running' }),
  progress: jobProgressSchema.nullable(),
  loss: z.number().nullable().meta({ description: 'Smoothed training loss of the last reported step' }),
  estimatedFinishAt: timestampSchema.nullable(),
  metrics: evaluationSchema.nullable(),
  metaMetrics: metaMetricsSchema.nullable().meta({ description: 'Of a meta job that held out classes' }),
  backend: z.string().nullable().meta({ description: 'Compute backend that ran the job' }),
  threads: z.int().positive().nullable().meta({ description: 'Threads it was trained on' }),
  error: z.object({ code: jobErrorCodeSchema, message: z.string(), retryable: z.boolean() }).nullable(),
  result: z
    .object({ modulatorVersion: idSchema('modulatorVersion'), baseNetwork: idSchema('baseNetwork') })
    .partial()
    .nullable()
    .meta({ description: 'What it made: a modulator version, or of a meta job a base network' }),
  createdAt: timestampSchema,
  startedAt: timestampSchema.nullable(),
  finishedAt: timestampSchema.nullable(),
});
export type TrainingJob = z.infer<typeof trainingJobSchema>;

export const listTrainingJobsQuerySchema = listQuery(['createdAt'], {
  state: anyOf(jobStateSchema),
  task: z.string().max(64).optional().meta({ description: 'Task id or name' }),
  dataset: z.string().max(64).optional().meta({ description: 'Dataset id or name' }),
  datasetVersion: idSchema('datasetVersion').optional(),
  baseNetwork: z.string().max(64).optional().meta({ description: 'Base network id or name' }),
  method: anyOf(methodSchema),
  scenario: scenarioSchema.optional(),
  createdBy: z.string().min(1).max(64).optional().meta({ description: 'Id of who submitted it' }),
  ...createdFilters,
});
export type ListTrainingJobsQuery = z.infer<typeof listTrainingJobsQuerySchema>;

/** Answer to a dry run: what the job would do. */
export const dryRunSchema = z.object({
  valid: z.literal(true),
  baseParameters: z.int(),
  budgetParameters: z.int(),
  queueLength: z.int().nonnegative().meta({ description: 'Jobs that wait now and would be taken before it' }),
  estimatedSeconds: z
    .number()
    .nonnegative()
    .nullable()
    .meta({
      description:
        'From the first step of its trainer to its end, without the wait for one: the median of what the last jobs of ' +
        'the same method and base took, scaled to its steps when it names them; null when none has finished',
    }),
});
export type DryRun = z.infer<typeof dryRunSchema>;

/** One entry of a job's append-only event log; `id` rises and is the SSE event id. */
export const jobEventSchema = z.object({
  id: z.int(),
  at: timestampSchema,
  type: z.enum(['state', 'step', 'log', 'checkpoint']),
  data: z.record(z.string(), z.unknown()),
});
export type JobEvent = z.infer<typeof jobEventSchema>;
export const listJobEventsQuerySchema = z.object({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(5000).default(1000),
});

/** One line of a job's log. */
export const jobLogLineSchema = z.object({
  id: z.int().meta({ description: 'Of the event; `?after=` goes on behind it' }),
  at: timestampSchema,
  message: z.string(),
});
export type JobLogLine = z.infer<typeof jobLogLineSchema>;

export const listJobMetricsQuerySchema = z.object({
  points: z.coerce.number().int().min(2).max(5000).default(500).meta({
    description: 'At most so many; a longer curve is thinned, its first and last point kept',
  }),
});
/** One point of a training curve. */
export const jobMetricSchema = z.object({
  step: z.int(),
  at: timestampSchema,
  loss: z.number().nullable().meta({ description: 'Smoothed' }),
  batchLoss: z.number().nullable(),
  accuracy: z.number().nullable().meta({ description: 'Of the batch' }),
  imagesPerSecond: z.number().nullable(),
});
export type JobMetric = z.infer<typeof jobMetricSchema>;

export const jobCheckpointSchema = z.object({
  step: z.int().nonnegative(),
  size: z.int().positive().meta({ description: 'Bytes' }),
  createdAt: timestampSchema,
});
export type JobCheckpoint = z.infer<typeof jobCheckpointSchema>;
