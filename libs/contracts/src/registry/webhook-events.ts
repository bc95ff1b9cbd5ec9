import { z } from 'zod';
import { jobErrorCodeSchema } from '../common/errors.js';
import { digestSchema, idSchema, timestampSchema } from '../common/primitives.js';
import { rolloutStateSchema } from './rollouts.js';

const jobFields = {
  trainingJobId: idSchema('trainingJob'),
  taskId: idSchema('task').nullable().meta({ description: 'None for a meta job' }),
  datasetVersionId: idSchema('datasetVersion'),
  baseNetworkId: idSchema('baseNetwork'),
  method: z.string(),
};
const jobSucceeded = z.object({
  ...jobFields,
  modulatorVersionId: idSchema('modulatorVersion')
    .nullable()
    .meta({ description: 'What the job made, if a modulator' }),
  madeBaseNetworkId: idSchema('baseNetwork').nullable().meta({ description: 'What the job made, if a base network' }),
});
const jobFailed = z.object({
  ...jobFields,
  error: z.object({ code: jobErrorCodeSchema, message: z.string(), retryable: z.boolean() }),
});

const versionFields = {
  modulatorVersionId: idSchema('modulatorVersion'),
  modulatorId: idSchema('modulator'),
  taskId: idSchema('task'),
  taskName: z.string(),
  version: z.int().positive(),
  digest: digestSchema,
};
const versionRegistered = z.object({ ...versionFields, trainingJobId: idSchema('trainingJob') });
const versionDecided = z.object({
  ...versionFields,
  decidedBy: z.string().meta({ description: 'Id of who decided' }),
  comment: z.string(),
});

const aliasMoved = z.object({
  taskId: idSchema('task'),
  taskName: z.string(),
  alias: z.string(),
  from: idSchema('modulatorVersion').nullable().meta({ description: 'The version it named before' }),
  to: idSchema('modulatorVersion').nullable().meta({ description: 'The version it names now; null once removed' }),
  movedBy: z.string(),
});

const rollout = z.object({
  rolloutId: idSchema('rollout'),
  modulatorVersionId: idSchema('modulatorVersion'),
  taskName: z.string(),
  version: z.int(),
  groupId: idSchema('deviceGroup'),
  state: rolloutStateSchema,
  currentWave: z.int().nonnegative(),
  waves: z.int().positive().meta({ description: 'How many waves it has' }),
});

const device = z.object({ deviceId: idSchema('device'), groupId: idSchema('deviceGroup') });

const datasetFields = {
  datasetVersionId: idSchema('datasetVersion'),
  datasetId: idSchema('dataset'),
  version: z.int().positive(),
};
const datasetReady = z.object({ ...datasetFields, digest: digestSchema, images: z.int(), labels: z.int() });
const datasetInvalid = z.object({
  ...datasetFields,
  findings: z.int().meta({ description: 'How many faults were found' }),
});

const test = z.object({ webhookId: idSchema('webhook') });

/** Every event that a webhook may be told of, with the shape of its `data` and when it happens. The list is closed. */
export const webhookEventCatalogue = {
  'alias.moved': { data: aliasMoved, summary: 'An alias names another version' },
  'dataset_version.invalid': { data: datasetInvalid, summary: 'An uploaded dataset version has faults' },
  'dataset_version.ready': { data: datasetReady, summary: 'A dataset version can be trained on' },
  'device.revoked': { data: device, summary: 'A device was revoked' },
  'modulator_version.approved': { data: versionDecided, summary: 'A version may be released' },
  'modulator_version.deprecated': { data: versionDecided, summary: 'A version should not be rolled out any more' },
  'modulator_version.quarantined': {
    data: versionDecided,
    summary: 'A version is under suspicion: rollouts stand still',
  },
  'modulator_version.registered': { data: versionRegistered, summary: 'Training made a new version' },
  'modulator_version.rejected': { data: versionDecided, summary: 'A version was rejected' },
  'modulator_version.restored': {
    data: versionDecided,
    summary: 'A deprecated or quarantined version is approved again',
  },
  'modulator_version.revoked': { data: versionDecided, summary: 'A version must not run any more' },
  'rollout.aborted': { data: rollout, summary: 'A rollout was given up' },
  'rollout.completed': { data: rollout, summary: 'Every device of the group runs the version' },
  'rollout.paused': { data: rollout, summary: 'A rollout waits for somebody' },
  'rollout.resumed': { data: rollout, summary: 'A paused or halted rollout goes on' },
  'rollout.rolled_back': { data: rollout, summary: 'Devices of a rollout go back to what they ran before' },
  'rollout.started': { data: rollout, summary: 'A rollout began with its first wave' },
  'rollout.wave_halted': { data: rollout, summary: 'A wave broke its gate: the rollout stands still' },
  'rollout.wave_started': { data: rollout, summary: 'A rollout went on to its next wave' },
  'training_job.cancelled': { data: z.object(jobFields), summary: 'A job was cancelled' },
  'training_job.failed': { data: jobFailed, summary: 'A job failed' },
  'training_job.succeeded': { data: jobSucceeded, summary: 'A job has made what it was for' },
  'webhook.test': { data: test, summary: 'Somebody asked for a test; sent whether subscribed to or not' },
} as const satisfies Record<string, { data: z.ZodObject; summary: string }>;

export type WebhookEventType = keyof typeof webhookEventCatalogue;
export const webhookEventTypes = Object.keys(webhookEventCatalogue) as WebhookEventType[];
const subscribable = webhookEventTypes.filter((type) => type !== 'webhook.test');
/** What an endpoint may subscribe to. */
export const webhookEventTypeSchema = z.enum(subscribable);

/** One event, as the code that makes a change announces it. */
export type WebhookEvent = {
  [T in WebhookEventType]: { readonly type: T; readonly data: z.input<(typeof webhookEventCatalogue)[T]['data']> };
}[WebhookEventType];

/** Body of the request that tells of an event. */
export const webhookPayloadOf = (type: WebhookEventType) =>
  z.object({
    type: z.literal(type),
    timestamp: timestampSchema.meta({ description: 'When it happened; the header has the time of the attempt' }),
    data: webhookEventCatalogue[type].data,
  });
