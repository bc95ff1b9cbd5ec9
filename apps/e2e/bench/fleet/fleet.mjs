// A simulated fleet in a process of its own.
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';

const AGENT = path.resolve(import.meta.dirname, '../../../device-agent/dist/main.js');

/**
 * Starts a fleet; its live lines go where ours go.
 * @returns `stop`, which ends it and gives back its summary
 */
export async function startFleet(folder, { server, token, devices, minutes, enrolRate, script }) {
  const file = path.join(folder, 'fleet.json');
  await writeFile(file, JSON.stringify(script));
  const flags = { server, token, devices, minutes, 'enrol-rate': enrolRate, script: file };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(process.execPath, ['--no-warnings', AGENT, 'simulate', '--json', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const output = text(child.stdout);
  return {
    ended,
    /** Ends it when its output is of no use any more. */
    drop: () => child.kill('SIGKILL'),
    stop: async () => {
      child.kill('SIGINT');
      await ended;
      return JSON.parse(await output);
    },
  };
}
