import {
  approveModulatorVersion,
  deprecateModulatorVersion,
  quarantineModulatorVersion,
  rejectModulatorVersion,
  restoreModulatorVersion,
  revokeModulatorVersion,
} from '@kernelcast/api-client';
import type { Command } from 'commander';
import { commandGroup, option, registryCommand } from '../framework/registry-command.js';
import { classColumns, versionFields } from '../modulators/version-tables.js';
import { formatFields, formatTable } from '../output/table.js';
import { findModulatorVersion } from '../references/find.js';
import { VERSION_OPERAND } from '../references/operands.js';
import { modulatorsGatesCommand } from './approvals.command.js';
import { modulatorsDownloadCommand } from './modulators-download.command.js';
import {
  modulatorsCardCommand,
  modulatorsCompareCommand,
  modulatorsDeltasCommand,
  modulatorsLineageCommand,
} from './modulators-insight.command.js';
import { modulatorsListCommand, modulatorsSearchCommand } from './modulators-list.command.js';

const show = () =>
  registryCommand({
    name: 'show',
    description: 'show a version: what it is, and how well it does on each class',
    operands: VERSION_OPERAND,
    examples: ['modulators show fruit', 'modulators show fruit/3', 'modulators show mdv_01J… --json'],
    run: async ({ call, out }, text = '') => {
      const version = await findModulatorVersion(call, text);
      out.answer(version, version.id, () => {
        const facts = formatFields(versionFields(version, Date.now()), out.paint);
        const classes = version.metrics.perClass;
        if (classes.length === 0) return facts;
        return `${facts}\n\n${formatTable(classes, classColumns, { width: out.width, paint: out.paint })}`;
      });
    },
  });

const approve = () =>
  registryCommand<{ comment?: string; override?: string }>({
    name: 'approve',
    description: 'say yes to a version; with enough of them it can be rolled out',
    operands: VERSION_OPERAND,
    options: [
      option('-c, --comment <text>', 'why'),
      option('--override <reason>', "an admin's word that failed gates, or an own request, are no obstacle"),
    ],
    examples: ['modulators approve fruit/3 --comment "looked at the mistakes"'],
    run: async ({ call, out, flags }, text = '') => {
      const { modulatorId: id, version } = await findModulatorVersion(call, text);
      const { comment = '', override } = flags;
      const body = { comment, ...(override !== undefined && { override: { reason: override } }) };
      const { data } = await approveModulatorVersion({ ...call, path: { id, version }, body });
      const more = data.state === 'registered' ? '; it needs more approvals: kernelcast approvals list' : '';
      out.done(data, data.id, `${data.taskName}/${data.version} (${data.id}) is ${data.state}${more}.`);
    },
  });

type Decision = typeof rejectModulatorVersion<true>;

const decide = (name: string, description: string, decision: Decision) =>
  registryCommand<{ comment?: string }>({
    name,
    description,
    operands: VERSION_OPERAND,
    options: [option('-c, --comment <text>', 'why')],
    examples: [`modulators ${name} fruit/3 --comment "looked at the mistakes"`],
    run: async ({ call, out, flags }, text = '') => {
      const { modulatorId, version: number } = await findModulatorVersion(call, text);
      const { data } = await decision({
        ...call,
        path: { id: modulatorId, version: number },
        body: { comment: flags.comment ?? '' },
      });
      out.done(data, data.id, `${data.taskName}/${data.version} (${data.id}) is ${data.state}.`);
    },
  });

/** `kernelcast modulators`: what was trained, and what became of it. */
export const modulatorsCommand = (): Command =>
  commandGroup('modulators', 'trained modulators and their versions', [
    modulatorsListCommand(),
    modulatorsSearchCommand(),
    show(),
    modulatorsCompareCommand(),
    modulatorsCardCommand(),
    modulatorsLineageCommand(),
    modulatorsDeltasCommand(),
    modulatorsDownloadCommand(),
    modulatorsGatesCommand(),
    approve(),
    decide('reject', 'reject a version for good', rejectModulatorVersion),
    decide('deprecate', 'advise against a version: no new rollouts, running ones finish', deprecateModulatorVersion),
    decide(
      'quarantine',
      'hold a version: no new rollouts, running ones stay where they are',
      quarantineModulatorVersion,
    ),
    decide('restore', 'approve a deprecated or quarantined version again', restoreModulatorVersion),
    decide('revoke', 'withdraw a version for good: its rollouts end, devices go back', revokeModulatorVersion),
  ]);
