import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { tempDir } from '@kernelcast/testing';
import { createProgram } from '../program.js';
import { completionScript, SHELLS } from './scripts.js';
import { wordTree } from './word-tree.js';

const program = createProgram();
const nodes = wordTree(program);
const temp = tempDir('completion');
afterAll(() => temp.remove());

/** What bash offers after these words, the last one being written. */
const offered = (...words: string[]): string[] => {
  const script = path.join(temp.path, 'kernelcast.bash');
  writeFileSync(script, completionScript('bash', nodes));
  const ask = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kernelcast; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = execFileSync('bash', ['-eu', '-c', ask, 'bash', script, 'kernelcast', ...words], { encoding: 'utf8' });
  return out.split('\n').filter((line) => line !== '');
};

describe('completion in bash', () => {
  it('offers commands, and those below them', () => {
    expect(offered('jo')).toEqual(['jobs']);
    expect(offered('')).toEqual(expect.arrayContaining(['up', 'jobs', 'login', 'completion']));
    expect(offered('jobs', 's')).toEqual(['submit', 'show']);
    expect(offered('jobs', '--json', 'fo')).toEqual(['follow']);
  });

  it('offers the options of the command that is written, and their values', () => {
    expect(offered('jobs', 'submit', '--budget')).toEqual(['--budget-ratio', '--budget-bytes', '--budget-seconds']);
    expect(offered('jobs', 'submit', '--method', 'b')).toEqual(['bias', 'bn']);
    expect(offered('keys', 'create', 'ci', '-r', 't')).toEqual(['trainer']);
    expect(offered('completion', '')).toEqual([...SHELLS]);
  });

  it('leaves files to bash where a value is free', () => {
    expect(offered('jobs', 'submit', '--file', '')).toEqual([]);
  });
});

describe('scripts of all shells', () => {
  it.each(SHELLS)('know every command: %s', (shell) => {
    const script = completionScript(shell, nodes);
    for (const { path: words } of nodes) expect(script).toContain(words.join(' '));
  });
});

const leaves = (command: Command, words: readonly string[] = []): { words: string; help: string }[] => {
  if (command.commands.length > 0) return command.commands.flatMap((child) => leaves(child, [...words, child.name()]));
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  return [{ words: words.join(' '), help }];
};

describe('every command', () => {
  const all = leaves(program);

  it.each(all)('$words has an example in its help', ({ words, help }) => {
    expect(help).toContain(`$ kernelcast ${words}`);
  });

  it('is in docs/cli.md with an example', () => {
    const docs = readFileSync(path.resolve(import.meta.dirname, '../../../../docs/cli.md'), 'utf8');
    expect(all.length).toBeGreaterThan(40);
    expect(all.filter(({ words }) => !docs.includes(`kernelcast ${words}`)).map(({ words }) => words)).toEqual([]);
  });
});
