import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export interface MemoryPaths {
  /** Names the control groups of this process. */
  readonly membership: string;
  /** Where control groups are mounted. */
  readonly groups: string;
  readonly processes: string;
}

const LINUX: MemoryPaths = { membership: '/proc/self/cgroup', groups: '/sys/fs/cgroup', processes: '/proc' };
const KIB = 1024;

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Not every system has it; then there is no evidence, which is an answer.
    return '';
  }
};

interface Group {
  readonly limit: string;
  readonly events: string;
}

/** Files of our group and of those around it, of both versions of Linux' control groups. */
function groupsOf({ membership, groups }: MemoryPaths): Group[] {
  return read(membership)
    .split('\n')
    .flatMap((line): Group[] => {
      const [, controllers, ...rest] = line.split(':');
      const name = rest.join(':');
      if (controllers === '')
        return upwards(name).map((folder) => ({
          limit: path.join(groups, folder, 'memory.max'),
          events: path.join(groups, folder, 'memory.events'),
        }));
      if (controllers !== 'memory') return [];
      return upwards(name).map((folder) => ({
        limit: path.join(groups, 'memory', folder, 'memory.limit_in_bytes'),
        events: path.join(groups, 'memory', folder, 'memory.oom_control'),
      }));
    });
}

/** A path and all above it; inside a container only the topmost may be visible. */
function upwards(name: string): string[] {
  const parts = name.split('/').filter((part) => part !== '' && part !== '..');
  return Array.from({ length: parts.length + 1 }, (_, cut) => parts.slice(0, parts.length - cut).join('/'));
}

/** What the system tells of memory: how much there is, what a process had, and whom it killed for want of it. */
export class MemoryEvidence {
  private readonly groups: readonly Group[];

  constructor(private readonly paths: MemoryPaths = LINUX) {
    this.groups = groupsOf(paths);
  }

  /** Bytes that this process and its children may use in all. */
  limit(): number {
    const limits = this.groups.map(({ limit }) => Number.parseInt(read(limit), 10)).filter((bytes) => bytes > 0);
    return Math.min(os.totalmem(), ...limits);
  }

  /** Processes of our innermost group that the system has killed for want of memory, ever. */
  kills(): number {
    for (const { events } of this.groups) {
      const count = /^oom_kill (\d+)$/m.exec(read(events))?.[1];
      if (count !== undefined) return Number(count);
    }
    return 0;
  }

  /** Most bytes that a living process had in memory at once; 0 when it is gone, or the system does not tell. */
  peakOf(pid: number): number {
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(read(path.join(this.paths.processes, String(pid), 'status')))?.[1];
    return Number(kib ?? 0) * KIB;
  }
}
