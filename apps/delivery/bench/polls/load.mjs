import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { hasProgram } from './servers.mjs';

/** Requests from a file, separated by a character that they do not hold, one after the other; results as JSON. */
const SCRIPT = `
requests = {}
init = function(args)
  local file = io.open(args[1], "rb")
  for request in string.gmatch(file:read("*a"), "([^%z]+)") do requests[#requests + 1] = request end
  file:close()
end
local at = 0
request = function()
  at = at % #requests + 1
  return requests[at]
end
done = function(summary, latency)
  local faults = summary.errors
  io.write(string.format('RESULT {"requests": %d, "micros": %d, "p50": %f, "p99": %f, "faults": %d}\\n', summary.requests,
    summary.duration, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    faults.connect + faults.read + faults.write + faults.status + faults.timeout))
end
`;

/** wrk where it is; otherwise a generator in this process. */
export const loadGenerator = (folder) => (hasProgram('wrk') ? wrk(folder) : own());

function wrk(folder) {
  const script = path.join(folder, 'polls.lua');
  const file = path.join(folder, 'requests');
  return {
    name: 'wrk',
    run: async ({ url, requests, connections, seconds }) => {
      await writeFile(script, SCRIPT);
      await writeFile(file, requests.join('\0'));
      const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', script, url, '--', file];
      const pin = hasProgram('taskset') ? ['taskset', '-c', '1', 'wrk'] : ['wrk'];
      const output = await run([...pin, ...args]);
      const { requests: count, micros, p50, p99, faults } = JSON.parse(/^RESULT (.*)$/m.exec(output)[1]);
      if (faults > 0) throw new Error(`${faults} of ${count} polls failed`);
      return { requests: count, rate: count / (micros / 1e6), p50, p99 };
    },
  };
}

async function run([program, ...args]) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`${program} ended with code ${code}: ${output}`);
  return output;
}

/** Each connection sends its next request when the last was answered; answers have no body. */
function own() {
  return {
    name: 'this process (wrk is not there)',
    run: async ({ url, requests, connections, seconds }) => {
      const times = [];
      let next = 0;
      const begun = performance.now();
      const until = begun + seconds * 1000;
      const { hostname, port } = new URL(url);
      const one = () =>
        new Promise((resolve, reject) => {
          const socket = connect({ host: hostname, port: Number(port), noDelay: true });
          let sent = 0;
          const send = () => {
            sent = performance.now();
            socket.write(requests[next++ % requests.length]);
          };
          socket.on('connect', send).on('error', reject).on('close', resolve);
          socket.on('data', (chunk) => {
            if (!chunk.includes('304 Not Modified')) return reject(new Error(String(chunk)));
            if (!chunk.subarray(-4).equals(Buffer.from('\r\n\r\n'))) return;
            times.push(performance.now() - sent);
            if (performance.now() < until) send();
            else socket.end();
          });
        });
      await Promise.all(Array.from({ length: connections }, one));
      times.sort((a, b) => a - b);
      const at = (q) => times[Math.floor(q * times.length)];
      const rate = times.length / ((performance.now() - begun) / 1000);
      return { requests: times.length, rate, p50: at(0.5), p99: at(0.99) };
    },
  };
}
