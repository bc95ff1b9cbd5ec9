import { fork, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const APPS = path.resolve(import.meta.dirname, '../../..');
/** Built entry point of an app. */
const entryOf = (app: 'cli' | 'device-agent'): string => path.join(APPS, app, 'dist/main.js');

interface Running {
  child: ChildProcess;
  output: () => string;
}

/** Starts a built app's command line. */
export const startApp = (app: 'cli' | 'device-agent', args: string[], env: Record<string, string> = {}): Running => {
  const child = fork(entryOf(app), args, {
    env: { ...process.env, ...env },
    execArgv: ['--no-warnings'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return { child, output: () => text };
};

/** Resolves with the exit code. */
export const exitOf = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((resolve) => child.once('exit', resolve));

/** Runs a command to its end. */
export const runApp = async (
  app: 'cli' | 'device-agent',
  args: string[],
): Promise<{ code: number | null; output: string }> => {
  const { child, output } = startApp(app, args);
  return { code: await exitOf(child), output: output() };
};

const processes = (): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0);

const argumentsOf = (pid: number): string[] => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
};

const parentOf = (pid: number): number => {
  try {
    return Number(/^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    return 0;
  }
};

/** Ids of a process's children whose command line names `script` (Linux). */
export const childrenRunning = (parent: number, script: string): number[] =>
  processes().filter((pid) => argumentsOf(pid).some((text) => text.includes(script)) && parentOf(pid) === parent);

/** Id of the Postgres server that listens on a port (Linux). */
export const postgresOn = (port: string): number => {
  const found = processes().find((pid) => {
    const [program, ...flags] = argumentsOf(pid);
    return program?.endsWith('postgres') === true && flags[flags.indexOf('-p') + 1] === port;
  });
  if (!found) throw new Error(`No Postgres runs on port ${port}`);
  return found;
};
