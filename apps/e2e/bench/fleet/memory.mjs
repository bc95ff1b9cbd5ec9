// Memory of the platform's services over time, as the system counts it.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const KIB = 1024;
const SERVICES = ['registry', 'delivery'];

/** Processes of this machine: id, parent, resident bytes, command line. */
async function processes() {
  const { stdout } = await run('ps', ['-A', '-ww', '-o', 'pid=,ppid=,rss=,args=']);
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, rss, command] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid ? [{ pid: Number(pid), parent: Number(parent), bytes: Number(rss) * KIB, command }] : [];
  });
}

/** All processes below one. */
async function processesBelow(pid) {
  const all = await processes();
  const below = new Set([pid]);
  for (let before = 0; before < below.size;) {
    before = below.size;
    for (const { pid: child, parent } of all) if (below.has(parent)) below.add(child);
  }
  return all.filter(({ pid: id }) => below.has(id));
}

const isOf = (name, { command }) => command.includes(`apps/${name}/dist/`);

/** Ids of a service's processes below one. */
export async function servicesBelow(pid, name) {
  return (await processesBelow(pid)).filter((process) => isOf(name, process)).map(({ pid: id }) => id);
}

/** Resident bytes of each service below a process; a service of several processes counts with all of them. */
async function serviceMemory(pid) {
  const below = await processesBelow(pid);
  const bytesOf = (name) => below.filter((process) => isOf(name, process)).reduce((sum, { bytes }) => sum + bytes, 0);
  return Object.fromEntries(SERVICES.map((name) => [name, bytesOf(name)]));
}

/** Takes a sample every so often, until it is stopped. */
export function watchMemory(pid, everyMs) {
  const start = performance.now();
  const samples = [];
  const take = async () => samples.push({ seconds: (performance.now() - start) / 1000, ...(await serviceMemory(pid)) });
  const timer = setInterval(() => void take().catch(() => undefined), everyMs);
  return {
    stop: () => {
      clearInterval(timer);
      return samples;
    },
  };
}

/**
 * Growth by a least-squares line through what comes after the warm-up, during which caches fill and the heap finds its
 * size.
 * @returns bytes an hour, and the share of the mean that the line rises from the warm-up's end to the last sample
 */
export function growthOf(samples, name, warmUpShare) {
  const settled = samples.slice(Math.floor(samples.length * warmUpShare));
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [settled.map(({ seconds }) => seconds), settled.map((sample) => sample[name])];
  const [mx, my] = [mean(x), mean(y)];
  const spread = x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
  const slope = x.reduce((sum, value, i) => sum + (value - mx) * (y[i] - my), 0) / spread;
  return { first: y[0], last: y.at(-1), mean: my, bytesPerHour: slope * 3600, share: (slope * (x.at(-1) - x[0])) / my };
}
