import { getServerVersion, type createRegistryClient, type RegistryClientOptions } from '@kernelcast/api-client';
import { Command, Option } from 'commander';
import type { Connection } from '../connection/choose-connection.js';
import { describeFailure, looksForeign } from '../failures/describe-failure.js';
import { Printer } from '../output/printer.js';
import { openConnection } from './open-connection.js';
import { VERSION } from './version.js';

/** Options that every command has which talks to a registry. */
export interface SharedFlags {
  readonly server?: string;
  readonly profile?: string;
  readonly project?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color?: boolean;
}

export interface CommandContext<Flags> {
  /** For generated operations: `listTasks({ ...call, query })`. */
  readonly call: { readonly client: ReturnType<typeof createRegistryClient>; readonly throwOnError: true };
  readonly registry: RegistryClientOptions;
  readonly connection: Connection;
  readonly out: Printer;
  readonly flags: Flags & SharedFlags;
}

export interface CommandSpec<Flags> {
  readonly name: string;
  readonly description: string;
  /** As commander writes them: `<job>`, `[dataset]`, with what they mean. */
  readonly operands?: readonly (readonly [string, string])[];
  readonly options?: readonly Option[];
  /** Command lines, without the name of the program. */
  readonly examples: readonly string[];
  readonly notes?: string;
  readonly run: (context: CommandContext<Flags>, ...operands: string[]) => Promise<void>;
}

export const option = (flags: string, description: string): Option => new Option(flags, description);

const sharedOptions = (): Option[] => [
  option('--json', "print JSON, in the API's shapes"),
  option('-q, --quiet', 'print ids only'),
  option('-s, --server <url>', 'address of the registry (KERNELCAST_URL)'),
  option('--profile <name>', 'saved login to use; "local" is the platform of kernelcast up (KERNELCAST_PROFILE)'),
  option('--project <name>', 'project to work in (KERNELCAST_PROJECT)'),
  option('-v, --verbose', 'tell of requests that are repeated, and request ids of errors'),
  option('--no-color', 'print without colours (NO_COLOR)'),
];

/** Adds examples to a command's help. */
export const withExamples = (command: Command, examples: readonly string[], notes?: string): Command =>
  command.addHelpText(
    'after',
    ['', 'Examples:', ...examples.map((line) => `  $ kernelcast ${line}`), ...(notes ? ['', notes] : [])].join('\n'),
  );

/** A command that talks to a registry: with the options for that, and errors that say what to do. */
export const registryCommand = <Flags extends object = object>(spec: CommandSpec<Flags>): Command => {
  const command = new Command(spec.name).description(spec.description);
  for (const [name, meaning] of spec.operands ?? []) command.argument(name, meaning);
  for (const each of spec.options ?? []) command.addOption(each);
  for (const each of sharedOptions()) command.addOption(each.helpGroup('Options of all commands:'));
  command.action(async (...given: unknown[]) => {
    const operands = given.slice(0, -2).filter((value): value is string => typeof value === 'string');
    await execute(spec, command.optsWithGlobals<Flags & SharedFlags>(), operands);
  });
  return withExamples(command, spec.examples, spec.notes);
};

export const printerFor = (flags: SharedFlags): Printer =>
  new Printer({
    out: process.stdout,
    err: process.stderr,
    json: flags.json === true,
    quiet: flags.quiet === true,
    colour: flags.color !== false,
  });

const execute = async <Flags>(
  { run }: CommandSpec<Flags>,
  flags: Flags & SharedFlags,
  operands: readonly string[],
): Promise<void> => {
  const out = printerFor(flags);
  const { connection, registry, client } = openConnection(flags, flags.verbose ? (text) => out.note(text) : undefined);
  try {
    await run({ call: { client, throwOnError: true }, registry, connection, out, flags }, ...operands);
  } catch (error) {
    const theirs = looksForeign(error) ? await getServerVersion(registry).catch(() => undefined) : undefined;
    const keyFromEnvironment = Boolean(process.env['KERNELCAST_API_KEY']);
    throw describeFailure(error, { connection, keyFromEnvironment, ours: VERSION, ...(theirs && { theirs }) });
  }
};

/** A word under which commands are gathered. */
export const commandGroup = (name: string, description: string, commands: readonly Command[]): Command => {
  const group = new Command(name).description(description);
  for (const command of commands) group.addCommand(command);
  return group;
};
