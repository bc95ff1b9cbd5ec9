import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { DeviceError } from '../device.errors.js';
import { errnoOf, realFileSystem, storing } from './file-system.js';

/** Hexadecimal digits of a folder's hash in the lock's name: 96 bits, and short enough for a socket's path. */
const NAME_DIGITS = 24;

/**
 * Makes this process the only writer of a state folder, until it calls what it gets or ends in any way: the lock is a
 * local socket that listens, so the operating system itself knows whether its holder lives.
 *
 * @throws DeviceError `state_in_use` while another process has it
 */
export async function lockState(folder: string): Promise<() => Promise<void>> {
  const address = await storing(`cannot lock ${folder}`, () => lockAddress(folder));
  const server = (await listen(address)) ?? (await takeOver(address));
  if (server === undefined) throw new DeviceError('state_in_use', `another process works with ${folder}`);
  server.unref();
  return () => new Promise((resolve) => server.close(() => resolve()));
}

/** Where the holder of a folder's lock listens; the same by whatever path the folder is reached. */
export async function lockAddress(folder: string): Promise<string> {
  const hash = createHash('sha256')
    .update(await realpath(folder))
    .digest('hex');
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

/** The address of a process that died is a file nobody listens at. */
async function takeOver(address: string): Promise<net.Server | undefined> {
  if (await isAlive(address)) return undefined;
  await realFileSystem.rm(address, { force: true });
  return listen(address);
}

function isAlive(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(address, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
