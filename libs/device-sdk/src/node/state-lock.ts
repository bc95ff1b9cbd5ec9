import { createHash } from 'node:crypto';
import { mkdir, realpath, rm, stat } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { DeviceError } from '../device.errors.js';
import { errnoOf, storing, unlessMissing } from './file-system.js';

/** Hexadecimal digits of a folder's hash in the lock's name: 96 bits, and short enough for a socket's path. */
const NAME_DIGITS = 24;

/** Taking over takes milliseconds. */
const GUARD_LIFE_MS = 10_000;
const DEAD = new Set(['ECONNREFUSED', 'ENOENT']);
/** A socket's path has room for 107 bytes on Linux, 103 on macOS; some for what takes over. */
const MAX_SOCKET_PATH_BYTES = 92;

/**
 * Makes this process the only writer of a state folder, until it calls what it gets or ends in any way: the lock is a
 * local socket that listens, so the operating system itself knows whether its holder lives.
 *
 * @throws DeviceError `state_in_use` while another process has it
 */
export async function lockState(folder: string): Promise<() => Promise<void>> {
  const address = await storing(`cannot lock ${folder}`, () => lockAddress(folder));
  const server = (await listen(address)) ?? (await storing(`cannot lock ${folder}`, () => takeOver(address)));
  if (server === undefined) throw new DeviceError('state_in_use', `another process works with ${folder}`);
  server.unref();
  return () => new Promise((resolve) => server.close(() => resolve()));
}

/**
 * Where the holder of a folder's lock listens; the same by whatever path the folder is reached. In the folder itself
 * where that fits: services may each have a folder of their own for temporary files.
 */
export async function lockAddress(folder: string): Promise<string> {
  const real = await realpath(folder);
  const inside = path.join(real, 'lock.sock');
  if (process.platform !== 'win32' && Buffer.byteLength(inside) <= MAX_SOCKET_PATH_BYTES) return inside;
  const hash = createHash('sha256').update(real).digest('hex');
  const name = `kernelcast-${hash.slice(0, NAME_DIGITS)}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : path.join(os.tmpdir(), `${name}.sock`);
}

/** A listening socket, or undefined when the address is taken. */
function listen(address: string): Promise<net.Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => socket.destroy());
    server.once('error', (error) => {
      if (errnoOf(error) === 'EADDRINUSE') resolve(undefined);
      else reject(new DeviceError('store_failed', `cannot lock: ${error.message}`, { cause: error }));
    });
    server.listen(address, () => resolve(server));
  });
}

/**
 * The address of a process that died is a file nobody listens at. Only one may remove it at a time: another may have
 * taken the lock over since it looked dead, and would be robbed of it.
 */
async function takeOver(address: string): Promise<net.Server | undefined> {
  if (await isAlive(address)) return undefined;
  const guard = `${address}.guard`;
  if (!(await enter(guard))) return undefined;
  try {
    if (await isAlive(address)) return undefined;
    await rm(address, { force: true });
    return await listen(address);
  } finally {
    await rm(guard, { recursive: true, force: true });
  }
}

/** Makes a folder that only one process can make, unless the one who made it has died there. */
async function enter(guard: string): Promise<boolean> {
  const make = (): Promise<boolean> => mkdir(guard).then(() => true, () => false); // prettier-ignore
  if (await make()) return true;
  const made = (await unlessMissing(stat(guard)))?.mtimeMs ?? Date.now();
  if (Math.abs(Date.now() - made) < GUARD_LIFE_MS) return false;
  await rm(guard, { recursive: true, force: true });
  return make();
}

/** Only a refusal tells that nobody listens: a holder of another account cannot be reached either. */
function isAlive(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(address, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => resolve(!DEAD.has(errnoOf(error) ?? '')));
  });
}
