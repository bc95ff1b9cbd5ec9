import { z } from 'zod';
import { anyOf, createdFilters, listQuery } from '../common/list-query.js';
import { idSchema, timestampSchema } from '../common/primitives.js';
import { versionReferenceSchema } from './aliases.js';

const ratio = z.number().min(0).max(1);

/** More devices than any wave has: the sample is the whole wave. */
export const WHOLE_WAVE = 1_000_000_000;

export const waveSchema = z
  .object({
    share: z.number().positive().max(1),
    minSample: z.int().min(1).default(WHOLE_WAVE).meta({
      description: 'Devices that must have said how it went before ratios are judged; all of a wave that has fewer',
    }),
    soakSeconds: z.int().min(0).default(0).meta({ description: 'How long the success ratio must hold' }),
    successRatio: ratio.default(1),
    errorRatio: ratio.default(0.1).meta({ description: 'A larger share of failures halts the rollout' }),
    deadlineSeconds: z.int().min(1).default(86_400).meta({
      description: 'From the start of the wave; devices that are silent after it count as failures',
    }),
    onSuccess: z.enum(['next', 'pause']).default('next'),
  })
  .strict();
export type Wave = z.infer<typeof waveSchema>;

/** Limits a rollout's windows; a week needs few. */
const MAX_WINDOWS = 14;
const timeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day like 22:30');
const isTimeZone = (timeZone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};
export const maintenanceWindowSchema = z
  .object({
    days: z
      .array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']))
      .min(1)
      .max(7)
      .meta({ description: 'Days on which the window opens' }),
    from: timeOfDay,
    to: timeOfDay.meta({ description: 'The same as `from`, or earlier: on the day after' }),
    timezone: z.string().min(1).max(64).refine(isTimeZone, 'is no time zone').default('UTC').meta({
      description: 'IANA name, like Europe/Vienna',
    }),
  })
  .strict();
export type MaintenanceWindow = z.infer<typeof maintenanceWindowSchema>;

const onBreachSchema = z.enum(['halt', 'rollback']).meta({
  description: 'When errors exceed the ratio of a wave: stand still, or go back to what the devices ran before',
});
const prioritySchema = z.int().min(0).max(100).meta({
  description: 'Of several rollouts of one task that reach a device the highest decides, then the last started',
});

export const createRolloutSchema = z
  .object({
    modulatorVersionId: versionReferenceSchema,
    groupId: idSchema('deviceGroup'),
    waves: z
      .array(waveSchema)
      .min(1)
      .max(20)
      .default([waveSchema.parse({ share: 1 })]),
    onBreach: onBreachSchema.default('halt'),
    priority: prioritySchema.default(0),
    startAt: timestampSchema.optional().meta({ description: 'Once started it waits until then' }),
    windows: z.array(maintenanceWindowSchema).max(MAX_WINDOWS).default([]).meta({
      description: 'Waves start and widen only while one is open; always, when there is none',
    }),
  })
  .strict();
export const rolloutStateSchema = z.enum([
  'created',
  'scheduled',
  'running',
  'paused',
  'halted',
  'completed',
  'aborted',
  'rolled_back',
]);
export type RolloutState = z.infer<typeof rolloutStateSchema>;

export const rolloutApprovalSchema = z.object({
  required: z.boolean(),
  by: z.string().nullable().meta({ description: 'Who said yes; null while nobody has' }),
  at: timestampSchema.nullable(),
  comment: z.string().nullable(),
});
export const stopReasonSchema = z.enum(['operator', 'wave_done', 'errors', 'deadline']);
export type StopReason = z.infer<typeof stopReasonSchema>;
export const rolloutSchema = z.object({
  id: idSchema('rollout'),
  modulatorVersionId: idSchema('modulatorVersion').meta({ description: 'What an alias was resolved to' }),
  orderedAs: z.string().nullable().meta({ description: 'The `task@alias` that it was ordered by, if by one' }),
  taskName: z.string(),
  version: z.int(),
  groupId: idSchema('deviceGroup'),
  state: rolloutStateSchema,
  waves: z.array(waveSchema),
  currentWave: z.int().nonnegative(),
  onBreach: onBreachSchema,
  priority: prioritySchema,
  startAt: timestampSchema.nullable(),
  windows: z.array(maintenanceWindowSchema),
  approval: rolloutApprovalSchema,
  waveStartedAt: timestampSchema.nullable().meta({ description: 'Moved on by as long as the rollout stood still' }),
  gateHeldSince: timestampSchema.nullable().meta({ description: 'Since when the success ratio of the wave holds' }),
  stopped: z
    .object({ reason: stopReasonSchema, at: timestampSchema })
    .nullable()
    .meta({ description: 'Why and since when it stands still; kept when it ended so' }),
  acceptedFailures: z.int().nonnegative().meta({ description: 'Failed devices with which somebody let it go on' }),
  rolledBackToId: idSchema('modulatorVersion').nullable().meta({
    description: 'What its devices run since it was rolled back; null: what older rollouts say',
  }),
  createdAt: timestampSchema,
  startedAt: timestampSchema.nullable(),
  finishedAt: timestampSchema.nullable(),
});
export type Rollout = z.infer<typeof rolloutSchema>;

/** Another rollout of the same task that reaches some of the same devices. */
export const rolloutConflictSchema = z.object({
  rolloutId: idSchema('rollout'),
  groupId: idSchema('deviceGroup'),
  version: z.int(),
  state: rolloutStateSchema,
  priority: prioritySchema,
  relation: z.enum(['overrides', 'overridden_by']).meta({ description: 'What this rollout does to it' }),
});
export type RolloutConflict = z.infer<typeof rolloutConflictSchema>;
/** What creating and starting answer. */
export const orderedRolloutSchema = rolloutSchema.extend({
  conflicts: z.array(rolloutConflictSchema).meta({ description: 'Live rollouts that share devices with it' }),
});
export type OrderedRollout = z.infer<typeof orderedRolloutSchema>;

export const rollbackSchema = z
  .object({
    to: versionReferenceSchema.optional().meta({
      description: 'An approved version of the task for the devices of the rollout; left out: what each ran before',
    }),
    reason: z.string().max(500).default(''),
  })
  .strict();
export const approveRolloutSchema = z.object({ comment: z.string().max(500).default('') }).strict();

export const listRolloutsQuerySchema = listQuery(['createdAt'], {
  state: anyOf(rolloutStateSchema),
  group: z.string().max(64).optional().meta({ description: 'Group id or name' }),
  modulatorVersion: idSchema('modulatorVersion').optional(),
  ...createdFilters,
});
export type ListRolloutsQuery = z.infer<typeof listRolloutsQuerySchema>;

export const rolloutProgressSchema = z.object({
  rolloutId: idSchema('rollout'),
  state: rolloutStateSchema,
  targeted: z.int().meta({ description: 'Devices of the current wave that no other rollout decides for' }),
  downloading: z.int(),
  active: z.int(),
  failed: z.int(),
  silent: z.int(),
  failures: z
    .array(z.object({ code: z.string().nullable(), devices: z.int() }))
    .meta({ description: 'The failed by code, most frequent first' }),
  successRatio: ratio.nullable().meta({ description: 'As the gate measures it; null before anything is known' }),
  errorRatio: ratio.nullable(),
  deadlineAt: timestampSchema.nullable().meta({ description: 'When silent devices of the wave become failures' }),
  countedAt: timestampSchema,
});
export type RolloutProgress = z.infer<typeof rolloutProgressSchema>;

export const rolloutPreviewQuerySchema = z.object({
  bandwidth: z.coerce.number().positive().max(1e12).optional().meta({
    description: "Bits per second of each device's connection, for the airtime",
  }),
});
export const rolloutPreviewSchema = z.object({
  rolloutId: idSchema('rollout'),
  devices: z.int().meta({ description: 'Active devices of the group, counted exactly' }),
  lackBase: z.int().meta({ description: 'Those that do not run on the base of the version: it does not reach them' }),
  decidedByOthers: z.int().meta({ description: 'Those of its waves for which a rollout decides that goes before' }),
  waves: z.array(
    z.object({
      share: z.number(),
      devices: z.int().meta({ description: 'With those of the waves before' }),
      added: z.int(),
      haveVersion: z.int().meta({ description: 'Of the added' }),
    }),
  ),
  bytes: z
    .object({ perDevice: z.int(), total: z.int() })
    .meta({ description: 'Of whole versions, for the devices that do not have it: deltas make it less' }),
  airtimeSeconds: z.object({ perDevice: z.number(), total: z.number() }).nullable(),
  conflicts: z.array(rolloutConflictSchema),
});
export type RolloutPreview = z.infer<typeof rolloutPreviewSchema>;
