import {
  abortRollout,
  approveRollout,
  createRollout,
  getRollout,
  getRolloutProgress,
  listRollouts,
  pauseRollout,
  previewRollout,
  resumeRollout,
  rollbackRollout,
  startRollout,
  type GetRolloutProgressResponse,
  type GetRolloutResponse,
} from '@kernelcast/api-client';
import { rolloutStateSchema, WHOLE_WAVE, type RolloutConflict } from '@kernelcast/contracts';
import type { Command } from 'commander';
import { creating } from '../framework/creating.js';
import { parseWhole } from '../framework/parsers.js';
import { listOptions, listQueryOf, readPages, type ListFlags, type TimeSort } from '../framework/paging.js';
import { commandGroup, option, registryCommand } from '../framework/registry-command.js';
import { formatPercent, formatSpan, formatWhen } from '../output/quantities.js';
import { formatFields, formatTable, type Column } from '../output/table.js';
import type { Style } from '../output/text.js';
import { findGroupId, findModulatorVersion } from '../references/find.js';
import { VERSION_OPERAND } from '../references/operands.js';
import { collectWaves, type Wave } from '../rollouts/parse-wave.js';

type Rollout = GetRolloutResponse;
type ShownWave = Rollout['waves'][number] & { readonly number: number; readonly current: boolean };

const ROLLOUT = [['<rollout>', 'id, rol_…']] as const;
const STYLES: Readonly<Record<string, Style>> = {
  running: 'cyan',
  completed: 'green',
  halted: 'red',
  aborted: 'red',
  rolled_back: 'red',
  paused: 'yellow',
};

const columns = (now: number): Column<Rollout>[] => [
  { title: 'ID', value: ({ id }) => id, keep: true },
  { title: 'TASK', value: ({ taskName, version }) => `${taskName}/${version}` },
  { title: 'STATE', value: ({ state }) => state, style: ({ state }) => STYLES[state] },
  { title: 'WAVE', value: ({ currentWave, waves }) => `${Math.min(currentWave + 1, waves.length)} of ${waves.length}` },
  { title: 'CREATED', value: ({ createdAt }) => formatWhen(createdAt, now) },
  { title: 'GROUP', value: ({ groupId }) => groupId, keep: true },
];

const waveColumns: Column<ShownWave>[] = [
  { title: 'WAVE', value: ({ number, current }) => `${number}${current ? ' ←' : ''}` },
  { title: 'SHARE', value: ({ share }) => formatPercent(share, 1), right: true },
  {
    title: 'AT LEAST',
    value: ({ minSample = WHOLE_WAVE }) => (minSample >= WHOLE_WAVE ? 'all' : String(minSample)),
    right: true,
  },
  { title: 'SOAK', value: ({ soakSeconds }) => formatSpan(soakSeconds ?? 0), right: true },
  { title: 'SUCCESS', value: ({ successRatio }) => formatPercent(successRatio ?? 0, 0), right: true },
  { title: 'ERRORS', value: ({ errorRatio }) => formatPercent(errorRatio ?? 0, 0), right: true },
  { title: 'DEADLINE', value: ({ deadlineSeconds }) => formatSpan(deadlineSeconds ?? 0), right: true },
  { title: 'THEN', value: ({ onSuccess }) => onSuccess ?? '-' },
];

const fieldsOf = (rollout: Rollout, now: number) =>
  [
    ['id', rollout.id],
    ['state', rollout.state],
    ['version', `${rollout.taskName}/${rollout.version} (${rollout.modulatorVersionId})`],
    ['group', rollout.groupId],
    ['stopped', rollout.stopped && `${rollout.stopped.reason}, ${formatWhen(rollout.stopped.at, now)}`],
    ['priority', String(rollout.priority)],
    ['on breach', rollout.onBreach],
    ['created', formatWhen(rollout.createdAt, now)],
    ['started', rollout.startedAt && formatWhen(rollout.startedAt, now)],
    ['finished', rollout.finishedAt && formatWhen(rollout.finishedAt, now)],
  ] as const;

interface CreateFlags {
  group: string;
  wave?: Wave[];
  start?: boolean;
  onBreach?: 'halt' | 'rollback';
  priority?: number;
  at?: string;
}

/** Rollouts of other groups or older ones that share devices with a new one. */
const conflictLines = (conflicts: readonly RolloutConflict[]): string[] =>
  conflicts.map(({ rolloutId, relation, version, state }) =>
    relation === 'overrides'
      ? `Overrides ${rolloutId} (version ${version}, ${state}) where both reach a device.`
      : `Overridden by ${rolloutId} (version ${version}, ${state}) where both reach a device.`,
  );

const create = () =>
  registryCommand<CreateFlags>({
    name: 'create',
    description: 'prepare a staged release of an approved version to a group',
    operands: VERSION_OPERAND,
    options: [
      option('-g, --group <group>', 'devices to release to, name or id').makeOptionMandatory(),
      option(
        '-w, --wave <wave>',
        'share of the group with its gates, again for more: 5%,soak=1h,errors=1%,success=99%,sample=20,deadline=1d,then=pause (default: all at once)',
      ).argParser(collectWaves),
      option('--on-breach <action>', 'what errors above a ratio do (default: halt)').choices(['halt', 'rollback']),
      option('-p, --priority <0-100>', 'decides before rollouts of lower priority (default: 0)').argParser(parseWhole),
      option('--at <time>', 'earliest start, like 2026-12-01T02:00:00Z'),
      option('--start', 'start it too'),
    ],
    examples: [
      'rollouts create fruit/3 --group kiosks --start',
      'rollouts create fruit/3 -g kiosks -w 5%,soak=1h,errors=1%,then=pause -w 100%',
      'rollouts create fruit/3 -g kiosks -w 1%,errors=2% -w 100% --on-breach rollback --at 2026-12-01T02:00:00Z --start',
    ],
    run: async ({ call, out, flags }, text = '') => {
      const { id: modulatorVersionId } = await findModulatorVersion(call, text);
      const groupId = await findGroupId(call, flags.group);
      const { wave: waves, onBreach, priority, at: startAt } = flags;
      const settings = { ...(waves && { waves }), ...(onBreach && { onBreach }), ...(startAt && { startAt }) };
      const body = { modulatorVersionId, groupId, ...settings, ...(priority !== undefined && { priority }) };
      const { data: made } = await createRollout({ ...call, ...creating(), body });
      if (!out.json) for (const line of conflictLines(made.conflicts)) out.note(line);
      if (!flags.start) {
        out.done(made, made.id, `Created rollout ${made.id} of ${made.taskName}/${made.version}.`);
        if (!out.json) out.note(`Start it: kernelcast rollouts start ${made.id}`);
        return;
      }
      const { data } = await startRollout({ ...call, path: { id: made.id } });
      out.done(data, data.id, `Rollout ${data.id} of ${data.taskName}/${data.version} is ${data.state}.`);
      if (!out.json) out.note(`Watch it: kernelcast rollouts progress ${data.id}`);
    },
  });

const list = () =>
  registryCommand<ListFlags<TimeSort> & { group?: string; state?: Rollout['state'][] }>({
    name: 'list',
    description: 'list rollouts, newest first',
    options: [
      option('-g, --group <group>', 'only those to this group, name or id'),
      option('--state <states...>', 'only those in one of these states').choices(rolloutStateSchema.options),
      ...listOptions(['createdAt']),
    ],
    examples: ['rollouts list', 'rollouts list --state running paused --json'],
    run: async ({ call, out, flags }) => {
      const { group, state } = flags;
      const filters = { ...(group && { group }), ...(state && { state }), ...listQueryOf(flags) };
      const page = await readPages(flags, (query) => listRollouts({ ...call, query: { ...query, ...filters } }));
      out.list<Rollout>(page, columns(Date.now()), ({ id }) => id);
    },
  });

const show = () =>
  registryCommand({
    name: 'show',
    description: 'show a rollout and its waves',
    operands: ROLLOUT,
    examples: ['rollouts show rol_01J…'],
    run: async ({ call, out }, id = '') => {
      const { data } = await getRollout({ ...call, path: { id } });
      const waves = data.waves.map((wave, i) => ({ ...wave, number: i + 1, current: i === data.currentWave }));
      out.answer(data, data.id, () => {
        const table = formatTable(waves, waveColumns, { width: out.width, paint: out.paint });
        return `${formatFields(fieldsOf(data, Date.now()), out.paint)}\n\n${table}`;
      });
    },
  });

type Step = typeof pauseRollout<true>;

const step = (name: string, description: string, move: Step) =>
  registryCommand({
    name,
    description,
    operands: ROLLOUT,
    examples: [`rollouts ${name} rol_01J…`],
    run: async ({ call, out }, id = '') => {
      const { data } = await move({ ...call, path: { id } });
      out.done(data, data.id, `Rollout ${data.id} is ${data.state}.`);
    },
  });

const start = () =>
  registryCommand({
    name: 'start',
    description: 'start a rollout, or schedule it for its time and window',
    operands: ROLLOUT,
    examples: ['rollouts start rol_01J…'],
    run: async ({ call, out }, id = '') => {
      const { data } = await startRollout({ ...call, path: { id } });
      if (!out.json) for (const line of conflictLines(data.conflicts)) out.note(line);
      out.done(data, data.id, `Rollout ${data.id} is ${data.state}.`);
    },
  });

const approve = () =>
  registryCommand<{ comment?: string }>({
    name: 'approve',
    description: 'let a rollout start that somebody else ordered',
    operands: ROLLOUT,
    options: [option('-m, --comment <text>', 'why')],
    examples: ['rollouts approve rol_01J… -m "seen in the lab"'],
    run: async ({ call, out, flags }, id = '') => {
      const { data } = await approveRollout({ ...call, path: { id }, body: { comment: flags.comment ?? '' } });
      out.done(data, data.id, `Rollout ${data.id} is approved.`);
    },
  });

const rollback = () =>
  registryCommand<{ to?: string; reason?: string }>({
    name: 'rollback',
    description: 'point the devices of a rollout back to what each ran before, or to a named version',
    operands: ROLLOUT,
    options: [
      option('--to <version>', 'a version of the same task, like fruit/2 or fruit@production'),
      option('-r, --reason <text>', 'for the audit log'),
    ],
    examples: ['rollouts rollback rol_01J…', 'rollouts rollback rol_01J… --to fruit/2 -r "blurry at night"'],
    run: async ({ call, out, flags }, id = '') => {
      const { to, reason } = flags;
      const target = to === undefined ? {} : { to: (await findModulatorVersion(call, to)).id };
      const body = { ...target, ...(reason !== undefined && { reason }) };
      const { data } = await rollbackRollout({ ...call, path: { id }, body });
      out.done(data, data.id, `Rollout ${data.id} is ${data.state}.`);
    },
  });

const PHASES = ['active', 'downloading', 'failed', 'silent'] as const;

const describeProgress = (progress: GetRolloutProgressResponse): (readonly [string, string])[] => [
  ['state', progress.state],
  ['devices', String(progress.targeted)],
  ...PHASES.map((phase) => {
    const share = progress.targeted > 0 ? ` (${formatPercent(progress[phase] / progress.targeted)})` : '';
    return [phase, `${progress[phase]}${share}`] as const;
  }),
  ...progress.failures.map(({ code, devices }) => [`  ${code ?? 'without a code'}`, String(devices)] as const),
];

const progress = () =>
  registryCommand({
    name: 'progress',
    description: 'how many devices have it, lack it, failed or are silent',
    operands: ROLLOUT,
    examples: ['rollouts progress rol_01J…'],
    run: async ({ call, out }, id = '') => {
      const { data } = await getRolloutProgress({ ...call, path: { id } });
      out.one(data, data.rolloutId, () => describeProgress(data));
    },
  });

const preview = () =>
  registryCommand<{ bandwidth?: number }>({
    name: 'preview',
    description: 'what a rollout would do: devices by wave, bytes, airtime and conflicts',
    operands: ROLLOUT,
    options: [option('-b, --bandwidth <bits>', 'bits per second of a device, for the airtime').argParser(parseWhole)],
    examples: ['rollouts preview rol_01J… --bandwidth 50000'],
    run: async ({ call, out, flags: { bandwidth } }, id = '') => {
      const { data } = await previewRollout({ ...call, path: { id }, query: { ...(bandwidth && { bandwidth }) } });
      if (!out.json) for (const line of conflictLines(data.conflicts)) out.note(line);
      out.one(data, data.rolloutId, () => [
        ['devices', String(data.devices)],
        ['lack the base', String(data.lackBase)],
        ['of other rollouts', String(data.decidedByOthers)],
        ...data.waves.map(
          ({ share, devices, haveVersion }, i) =>
            [`wave ${i + 1} (${formatPercent(share, 1)})`, `${devices}, of the new ${haveVersion} have it`] as const,
        ),
        ['bytes', `${data.bytes.total} (${data.bytes.perDevice} each)`],
        ['airtime', data.airtimeSeconds && formatSpan(data.airtimeSeconds.perDevice)],
      ]);
    },
  });

/** `kernelcast rollouts`: staged releases. */
export const rolloutsCommand = (): Command =>
  commandGroup('rollouts', 'staged releases to groups of devices', [
    create(),
    list(),
    show(),
    approve(),
    start(),
    step('pause', 'let a rollout stand still; its devices keep what they have', pauseRollout),
    step('resume', 'let a paused or halted rollout go on', resumeRollout),
    step('abort', 'give a rollout up: devices that it reached keep the version', abortRollout),
    rollback(),
    progress(),
    preview(),
  ]);
