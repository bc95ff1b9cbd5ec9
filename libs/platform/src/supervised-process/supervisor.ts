// Runs one server program and ends it when the process that wanted it is gone, however that ended. It is started in its
// own session: Ctrl-C in a terminal goes to every process of the foreground group, and would otherwise end the server
// under services that are still draining. Only Node's own modules are imported: the file is run as it is, from source
// (Node strips the types) or from `dist`.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';

interface Order {
  readonly command: string;
  readonly args: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
  readonly stopSignal: NodeJS.Signals;
  readonly readyText: string;
  readonly removeFolder?: string;
  readonly environment: Readonly<Record<string, string>>;
}

const order = JSON.parse(process.argv[2] ?? '{}') as Order;
const { uid, gid } = order;
const env = { ...process.env, LC_ALL: 'C', ...order.environment };
const server = spawn(order.command, order.args, { uid, gid, stdio: ['ignore', 'pipe', 'pipe'], env });

/** Characters of the server's output kept for the message when it fails. */
const LOG_LIMIT = 8_192;
let log = '';
let ready = false;
const listen = (chunk: string): void => {
  log = (log + chunk).slice(-LOG_LIMIT);
  if (ready || !log.includes(order.readyText)) return;
  ready = true;
  process.send?.({ type: 'ready' });
};
server.stdout.setEncoding('utf8').on('data', listen);
server.stderr.setEncoding('utf8').on('data', listen);
server.once('error', (error) => listen(error.message));
server.once('close', (code) => {
  if (order.removeFolder) rmSync(order.removeFolder, { recursive: true, force: true });
  const leave = (): never => process.exit(code ?? 1);
  if (process.connected) process.send?.({ type: 'exit', code, log }, undefined, undefined, leave);
  else leave();
});

const stop = (): void => {
  server.kill(order.stopSignal);
};
process.on('disconnect', stop);
process.on('message', stop);
process.on('SIGTERM', stop);
process.on('SIGINT', () => undefined);
