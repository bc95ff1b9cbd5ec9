import { randomBytes } from 'node:crypto';
import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync, closeSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** Bytes of the master key and of an API key's random part: 256 bits. */
const KEY_BYTES = 32;

const secretsSchema = z.object({ masterKey: z.string(), adminApiKey: z.string() });
export type Secrets = z.infer<typeof secretsSchema>;

const PORTS_FILE = 'ports.json';
const portsSchema = z.record(z.string(), z.int().min(1).max(65_535));

/** The folder is used by another running instance. */
export class DataDirInUseError extends Error {
  override readonly name = 'DataDirInUseError';
  readonly code = 'data_dir_in_use';
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Everything an embedded instance keeps, in one folder: database, objects, cache, logs, secrets. */
export class DataDir {
  private locked = false;

  constructor(readonly root: string) {
    for (const folder of ['', 'objects', 'cache', 'logs'])
      mkdirSync(this.path(folder), { recursive: true, mode: 0o755 });
  }

  path(...parts: string[]): string {
    return path.join(this.root, ...parts);
  }

  /**
   * Claims the folder for this process; a claim left by a dead process is taken over.
   *
   * @throws DataDirInUseError when a living process holds it.
   */
  lock(): void {
    const file = this.path('instance.lock');
    for (;;) {
      try {
        const handle = openSync(file, 'wx');
        writeFileSync(handle, String(process.pid));
        closeSync(handle);
        this.locked = true;
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = Number(readFileSync(file, 'utf8'));
      if (holder !== process.pid && isAlive(holder)) {
        throw new DataDirInUseError(
          `${this.root} is in use by process ${holder}. Stop it, or choose another folder with --data-dir.`,
        );
      }
      rmSync(file, { force: true });
    }
  }

  unlock(): void {
    if (this.locked) rmSync(this.path('instance.lock'), { force: true });
    this.locked = false;
  }

  /** Reads the instance's secrets, or makes them at the first start. The file is for the owner only. */
  secrets(): Secrets {
    const file = this.path('secrets.json');
    try {
      return secretsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        throw new Error(`${file} cannot be read`, { cause: error });
    }
    const random = () => randomBytes(KEY_BYTES).toString('base64url');
    const secrets = { masterKey: random(), adminApiKey: `kc_${random()}` };
    writeFileSync(file, JSON.stringify(secrets, null, 2), { mode: 0o600, flag: 'wx' });
    return secrets;
  }

  /** Ports of the last start; none before the first. */
  ports(): Record<string, number> {
    try {
      return portsSchema.parse(JSON.parse(readFileSync(this.path(PORTS_FILE), 'utf8')));
    } catch {
      // Only a convenience: without it the usual ports are tried.
      return {};
    }
  }

  keepPorts(ports: Record<string, number>): void {
    writeFileSync(this.path(PORTS_FILE), JSON.stringify(ports));
  }
}
