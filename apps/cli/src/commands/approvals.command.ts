import {
  evaluateGates,
  getGateReport,
  listApprovals,
  withdrawApproval,
  type GetGateReportResponse,
  type ListApprovalsResponse,
} from '@kernelcast/api-client';
import type { Command } from 'commander';
import { listOptions, listQueryOf, readPages, type ListFlags, type TimeSort } from '../framework/paging.js';
import { commandGroup, option, registryCommand } from '../framework/registry-command.js';
import { formatPercent, formatWhen } from '../output/quantities.js';
import { formatTable, type Column } from '../output/table.js';
import type { Style } from '../output/text.js';
import { findModulatorVersion } from '../references/find.js';
import { VERSION_OPERAND } from '../references/operands.js';

type Request = ListApprovalsResponse['data'][number];
type Result = GetGateReportResponse['results'][number];

const gatesOf = ({ gates }: Request): string => {
  if (gates === null) return '-';
  return gates.passed ? 'passed' : gates.inTheWay.map(({ gate }) => gate).join(', ');
};

const columns = (now: number): Column<Request>[] => [
  { title: 'VERSION', value: ({ taskName, version }) => `${taskName}/${version}`, keep: true },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'ACCURACY', value: ({ top1 }) => formatPercent(top1, 2), right: true },
  { title: 'GATES', value: gatesOf, style: ({ gates }) => (gates && !gates.passed ? 'red' : undefined) },
  {
    title: 'YES',
    value: ({ approvals, requiredApprovals }) =>
      `${approvals.filter(({ withdrawnAt }) => withdrawnAt === null).length} of ${requiredApprovals}`,
  },
  { title: 'CREATED', value: ({ createdAt }) => formatWhen(createdAt, now) },
  { title: 'ID', value: ({ modulatorVersionId }) => modulatorVersionId, keep: true },
];

const list = () =>
  registryCommand<ListFlags<TimeSort> & { task?: string; state?: Request['state'] }>({
    name: 'list',
    description: 'list versions that wait for a decision, or have had one',
    options: [
      option('--state <state>', 'only those in this state (default: waiting)').choices([
        'waiting',
        'approved',
        'rejected',
      ]),
      option('-t, --task <task>', 'only those of this task, name or id'),
      ...listOptions(['createdAt']),
    ],
    examples: ['approvals list', 'approvals list --state rejected --task fruit'],
    run: async ({ call, out, flags }) => {
      const { task, state } = flags;
      const filters = { ...(task && { task }), ...(state && { state }), ...listQueryOf(flags) };
      const page = await readPages(flags, (query) => listApprovals({ ...call, query: { ...query, ...filters } }));
      out.list<Request>(page, columns(Date.now()), ({ modulatorVersionId }) => modulatorVersionId);
    },
  });

const withdraw = () =>
  registryCommand<{ comment?: string }>({
    name: 'withdraw',
    description: 'take your own yes back, as long as nothing is decided',
    operands: VERSION_OPERAND,
    options: [option('-c, --comment <text>', 'why')],
    examples: ['approvals withdraw fruit/3 --comment "the wrong version"'],
    run: async ({ call, out, flags }, text = '') => {
      const { modulatorId: id, version } = await findModulatorVersion(call, text);
      const { data } = await withdrawApproval({
        ...call,
        path: { id, version },
        body: { comment: flags.comment ?? '' },
      });
      out.done(data, data.id, `Your approval of ${data.taskName}/${data.version} (${data.id}) is withdrawn.`);
    },
  });

/** `kernelcast approvals`: what waits for somebody's yes or no. */
export const approvalsCommand = (): Command =>
  commandGroup('approvals', 'versions that wait for a decision', [list(), withdraw()]);

const VERDICTS: Readonly<Record<Result['verdict'], Style>> = { passed: 'green', failed: 'red', not_measured: 'yellow' };

const resultColumns: Column<Result>[] = [
  { title: 'GATE', value: ({ gate }) => gate, keep: true },
  { title: 'VERDICT', value: ({ verdict }) => verdict, style: ({ verdict }) => VERDICTS[verdict] },
  { title: 'KIND', value: ({ enforcement }) => enforcement },
  {
    title: 'MEASURED',
    value: ({ measured }) => (measured === null ? '-' : String(Number(measured.toPrecision(4)))),
    right: true,
  },
  { title: 'LIMIT', value: ({ limit }) => String(Number(limit.toPrecision(4))), right: true },
  { title: 'DETAIL', value: ({ detail }) => detail },
];

/** `kernelcast modulators gates`: what the gates of its task say of a version. */
export const modulatorsGatesCommand = (): Command =>
  registryCommand<{ evaluate?: boolean }>({
    name: 'gates',
    description: 'tell what the gates of its task say of a version; the exit code is 1 when a required one fails',
    operands: VERSION_OPERAND,
    options: [option('--evaluate', 'evaluate them anew, as they are now')],
    examples: ['modulators gates fruit/3', 'modulators gates fruit/3 --evaluate --json'],
    run: async ({ call, out, flags }, text = '') => {
      const { modulatorId: id, version } = await findModulatorVersion(call, text);
      const { data } = await (flags.evaluate ? evaluateGates : getGateReport)({ ...call, path: { id, version } });
      out.answer(data, data.passed ? 'passed' : 'failed', () => {
        const table = formatTable(data.results, resultColumns, { width: out.width, paint: out.paint });
        const verdict = data.passed ? 'Every required gate passed.' : 'A required gate is in the way.';
        return data.results.length === 0 ? 'The task has no gates.' : `${table}\n\n${verdict}`;
      });
      if (!data.passed) process.exitCode = 1;
    },
  });
