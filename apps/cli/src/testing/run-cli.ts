import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';

const SCRIPT = path.resolve(import.meta.dirname, '../../dist/main.js');

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
}

const running = new Set<ChildProcess>();

/** Starts the built program as a shell would, with nothing of this machine's but a home of its own. */
export const startCli = (args: readonly string[], env: Readonly<Record<string, string>>, input = ''): Running => {
  const child = spawn(process.execPath, ['--no-warnings', SCRIPT, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  child.stdin.end(input);
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const ended = Promise.all([code, text(child.stdout), text(child.stderr)]).then(([code, stdout, stderr]) => ({
    code,
    stdout,
    stderr,
  }));
  return { child, ended };
};

/** Ends what a failed test left running. */
export const stopClis = (): void => running.forEach((child) => child.kill('SIGKILL'));
