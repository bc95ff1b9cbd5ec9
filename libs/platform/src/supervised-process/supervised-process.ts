import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface SupervisedCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** The server is ready when its output has this text. */
  readonly readyText: string;
  /** SIGTERM by default. */
  readonly stopSignal?: NodeJS.Signals;
  /** System user to run as. */
  readonly uid?: number;
  readonly gid?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Folder to remove when the server has ended. */
  readonly removeFolder?: string;
}

export interface SupervisedProcess {
  /** Resolves with the last of the server's output when it has ended, whoever ended it. */
  readonly ended: Promise<string>;
  /** Ends the server and waits for that. Idempotent. */
  stop(): Promise<void>;
}

type Message = { readonly type: 'ready' } | { readonly type: 'exit'; readonly log: string };

const launch = (command: SupervisedCommand): ChildProcess => {
  const order = { stopSignal: 'SIGTERM', environment: {}, ...command };
  // The same extension as this file: `.ts` when tests run the source, `.js` in the build.
  const supervisor = fileURLToPath(new URL(`./supervisor${path.extname(import.meta.url)}`, import.meta.url));
  return fork(supervisor, [JSON.stringify(order)], {
    cwd: path.parse(supervisor).root,
    detached: true,
    execArgv: ['--no-warnings'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
};

/**
 * Starts a server program that lives as long as this process at most: when this process dies, whatever the signal, the
 * server is ended in order. Resolves when the server is ready; rejects with its output when it ends before.
 */
export const startSupervised = async (command: SupervisedCommand): Promise<SupervisedProcess> => {
  const child = launch(command);
  let log = '';
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code) => resolve(log.trim() || `exit code ${code}`));
  });
  await new Promise<void>((resolve, reject) => {
    child.on('message', (message: Message) => {
      if (message.type === 'ready') resolve();
      else log = message.log;
    });
    child.once('error', reject);
    void ended.then((end) => reject(new Error(end)));
  });
  // From here on the server alone must not keep this process alive.
  child.unref();
  child.channel?.unref();
  const stop = async (): Promise<void> => {
    child.ref();
    child.channel?.ref();
    if (child.connected) child.send({ type: 'stop' });
    await ended;
  };
  return { ended, stop };
};
