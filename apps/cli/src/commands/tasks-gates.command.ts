import { getTask, updateTask, type GetTaskResponse } from '@kernelcast/api-client';
import type { Command } from 'commander';
import { option, registryCommand } from '../framework/registry-command.js';
import { collectSettings } from '../framework/parsers.js';
import { formatTable, type Column } from '../output/table.js';
import { changeGates, type GateChanges } from '../tasks/change-gates.js';

type Task = GetTaskResponse;

interface GateRow {
  readonly gate: string;
  readonly enforcement: string;
  readonly limit: string;
}

const columns: Column<GateRow>[] = [
  { title: 'GATE', value: ({ gate }) => gate, keep: true },
  { title: 'KIND', value: ({ enforcement }) => enforcement },
  { title: 'LIMIT', value: ({ limit }) => limit },
];

const rowsOf = ({ gates }: Task): GateRow[] =>
  Object.entries(gates).map(([gate, { enforcement = 'required', ...limits }]) => ({
    gate,
    enforcement,
    limit: Object.entries(limits)
      .map(([name, value]) => `${name} ${String(value)}`)
      .join(', '),
  }));

const isChange = ({ set, remove }: GateChanges): boolean => set !== undefined || remove !== undefined;

/** `kernelcast tasks gates`: what a version of a task has to show before it may be approved. */
export const tasksGatesCommand = (): Command =>
  registryCommand<GateChanges>({
    name: 'gates',
    description: 'show the gates of a task, or change them',
    operands: [['<task>', 'name or id']],
    options: [
      option(
        '--set <gate=limit>',
        'ask for a gate, again for more: accuracyFloor=0.9, notWorse=0.05, maxBytes=60000',
      ).argParser(collectSettings),
      option('--advisory', 'those of --set only tell, and are not in the way'),
      option('--remove <gates...>', 'ask for these no more'),
    ],
    examples: [
      'tasks gates fruit',
      'tasks gates fruit --set accuracyFloor=0.9 --set beatsHead=0.01',
      'tasks gates fruit --remove notWorse',
    ],
    run: async ({ call, out, flags }, id = '') => {
      const { data: task, response } = await getTask({ ...call, path: { id } });
      const print = (shown: Task) =>
        out.answer(shown, shown.id, () => {
          const rows = rowsOf(shown);
          return rows.length === 0
            ? 'The task has no gates.'
            : formatTable(rows, columns, { width: out.width, paint: out.paint });
        });
      if (!isChange(flags)) return print(task);
      // The gates are replaced as a whole: nobody else's change of them may get lost.
      const headers = { 'If-Match': response.headers.get('etag') ?? '*' };
      const { data } = await updateTask({
        ...call,
        headers,
        path: { id },
        body: { gates: changeGates(task.gates, flags) },
      });
      print(data);
    },
  });
