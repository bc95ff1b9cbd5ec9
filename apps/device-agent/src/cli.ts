import { describeError } from '@kernelcast/device-sdk';
import { Command, CommanderError } from 'commander';
import { classifyCommand } from './commands/classify.command.js';
import { enrolCommand } from './commands/enrol.command.js';
import { importCommand } from './commands/import.command.js';
import { runCommand } from './commands/run.command.js';
import { simulateCommand } from './commands/simulate.command.js';
import { statusCommand } from './commands/status.command.js';
import { hintFor } from './output/hints.js';
import { AGENT_VERSION } from './version.js';

/** Where a command's output goes, and what ends it. */
export interface CliContext {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Aborts when the process is asked to stop. */
  readonly signal: AbortSignal;
}

/** Gives a command's exit code. */
export type Exit = (code: number) => void;

/** Runs one command. @returns the exit code: 0, 1 for a failure, 2 for a command line that is not understood */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  let code = 0;
  const exit: Exit = (asked) => (code = asked);
  const program = new Command('kernelcast-device')
    .description('Reference device agent: follows the manifests of a Kernelcast server and classifies images')
    .version(AGENT_VERSION);
  for (const create of [enrolCommand, runCommand, importCommand, classifyCommand, statusCommand, simulateCommand]) {
    program.addCommand(create(context, exit));
  }
  for (const command of [program, ...program.commands]) {
    command.exitOverride().showHelpAfterError('(--help shows the options)');
    command.configureOutput({ writeOut: context.stdout, writeErr: context.stderr });
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { code: name, detail } = describeError(error);
    context.stderr(`kernelcast-device: ${detail}${name === 'internal' ? '' : ` (${name})`}\n${hintFor(name)}`);
    return 1;
  }
}
