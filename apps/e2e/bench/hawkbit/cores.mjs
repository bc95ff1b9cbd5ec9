// One core for a server, another for the load.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';

const LOAD = path.join(import.meta.dirname, 'load.mjs');
export const SERVER_CORE = 0;
const LOAD_CORE = 1;

/** The first that answers of some ways to ask a program whether it is there. */
export const hasProgram = (name, ...args) => spawnSync(name, args, { stdio: 'ignore' }).status === 0;

/** Puts a process and its threads on the servers' core. */
export const pin = (pid) => execFileSync('taskset', ['-a', '-p', '-c', String(SERVER_CORE), String(pid)], { stdio: 'ignore' }); // prettier-ignore

/** @returns requests, those answered otherwise than by `status`, requests a second, and latencies in milliseconds */
export async function load(order) {
  const child = spawn('taskset', ['-c', String(LOAD_CORE), process.execPath, LOAD], { stdio: ['pipe', 'pipe', 'inherit'] }); // prettier-ignore
  const output = text(child.stdout);
  child.stdin.end(JSON.stringify(order));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`the load ended with code ${code}`);
  return JSON.parse(await output);
}
