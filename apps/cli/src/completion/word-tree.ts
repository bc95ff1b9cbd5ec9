import type { Command } from 'commander';

/** What may be written after some words of a command line. */
export interface WordNode {
  /** Words that lead here, without the program's name. */
  readonly path: readonly string[];
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly WordOption[];
  /** Values of its operands, where only some are taken. */
  readonly values: readonly string[];
}

export interface WordOption {
  /** `--json`, `-q`. */
  readonly flags: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

/** Every command of a program with its words, the program itself first. */
export const wordTree = (command: Command, path: readonly string[] = []): WordNode[] => {
  const options = command.createHelp().visibleOptions(command);
  const node: WordNode = {
    path,
    values: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    commands: command.commands.map((child) => ({ name: child.name(), description: child.description() })),
    options: options.map(({ short, long, description, required, optional, argChoices }) => ({
      flags: [long, short].filter((flag): flag is string => flag !== undefined),
      description,
      takesValue: required || optional,
      choices: argChoices ?? [],
    })),
  };
  return [node, ...command.commands.flatMap((child) => wordTree(child, [...path, child.name()]))];
};
