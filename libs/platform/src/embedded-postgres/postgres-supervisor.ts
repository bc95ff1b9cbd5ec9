// Runs one Postgres server and ends it when the process that wanted it is gone, however that ended. It is started in
// its own session: Ctrl-C in a terminal goes to every process of the foreground group, and would otherwise shut the
// database down under services that are still draining. Only Node's own modules are imported: the file is run as it
// is, from source (types are stripped) or from `dist`.
import { spawn } from 'node:child_process';

interface Command {
  readonly postgres: string;
  readonly args: string[];
  readonly uid?: number;
  readonly gid?: number;
}

const { postgres, args, uid, gid } = JSON.parse(process.argv[2] ?? '{}') as Command;
const server = spawn(postgres, args, {
  uid,
  gid,
  stdio: ['ignore', 'ignore', 'pipe'],
  env: { ...process.env, LC_ALL: 'C' },
});

/** SIGINT is Postgres' "fast" shutdown: transactions are rolled back, clients are cut off, data are written. */
const stop = (): void => {
  server.kill('SIGINT');
};

const LOG_LIMIT = 8_192;
let log = '';
server.stderr.setEncoding('utf8').on('data', (chunk: string) => {
  log = (log + chunk).slice(-LOG_LIMIT);
  if (chunk.includes('database system is ready to accept connections')) process.send?.({ type: 'ready' });
});
server.once('error', (error) => {
  log += error.message;
});
server.once('close', (code) => {
  const leave = (): never => process.exit(code ?? 1);
  if (process.connected) process.send?.({ type: 'exit', code, log }, undefined, undefined, leave);
  else leave();
});

process.on('disconnect', stop);
process.on('message', stop);
process.on('SIGTERM', stop);
process.on('SIGINT', () => undefined);
