import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { tempDir, type TempDir } from '@kernelcast/testing';
import { MemoryEvidence } from './memory-evidence.js';

let folder: TempDir;
beforeEach(() => {
  folder = tempDir('memory-evidence');
});
afterEach(() => folder.remove());

const file = async (name: string, text: string): Promise<void> => {
  const target = path.join(folder.path, name);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, text);
};
const evidence = (): MemoryEvidence =>
  new MemoryEvidence({
    membership: path.join(folder.path, 'cgroup'),
    groups: path.join(folder.path, 'groups'),
    processes: path.join(folder.path, 'proc'),
  });

describe('the memory of a container', () => {
  it('is bounded by the tightest group around it, and its kills are counted (version 2)', async () => {
    await file('cgroup', '0::/pods/trainer\n');
    await file('groups/pods/trainer/memory.max', 'max\n');
    await file('groups/pods/memory.max', '1048576\n');
    await file('groups/pods/trainer/memory.events', 'low 0\noom 4\noom_kill 3\n');
    const found = evidence();
    expect([found.limit(), found.kills()]).toEqual([1048576, 3]);
    await file('groups/pods/trainer/memory.events', 'low 0\noom 5\noom_kill 4\n');
    expect(found.kills()).toBe(4);
  });

  it('is found where the container sees only its own group', async () => {
    await file('cgroup', '0::/../../docker/1\n');
    await file('groups/memory.max', '2097152\n');
    expect(evidence().limit()).toBe(2097152);
  });

  it('is found in groups of version 1', async () => {
    await file('cgroup', '12:cpu:/other\n4:memory:/docker/1\n0::/\n');
    await file('groups/memory/docker/1/memory.limit_in_bytes', '4194304\n');
    await file('groups/memory/docker/1/memory.oom_control', 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n');
    expect([evidence().limit(), evidence().kills()]).toEqual([4194304, 2]);
  });

  it('is all of the machine where there are no groups', () => {
    expect([evidence().limit(), evidence().kills()]).toEqual([os.totalmem(), 0]);
  });
});

describe('the memory of a process', () => {
  it('is the most it ever had', async () => {
    await file('proc/7/status', 'Name:\tnode\nVmPeak:\t  999 kB\nVmHWM:\t    2048 kB\nVmRSS:\t 1 kB\n');
    expect(evidence().peakOf(7)).toBe(2048 * 1024);
    expect(evidence().peakOf(8)).toBe(0);
  });

  it('is told by this system of this process', () => {
    const peak = new MemoryEvidence().peakOf(process.pid);
    expect(peak).toBeGreaterThanOrEqual(process.platform === 'linux' ? 10 * 2 ** 20 : 0);
  });
});
