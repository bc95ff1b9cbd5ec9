#!/usr/bin/env node
import { runCli } from './cli.js';
import { untilStopped } from './stop-signal.js';

const stop = untilStopped(process);
process.exitCode = await runCli(process.argv.slice(2), {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  signal: stop.signal,
});
stop.release();
