import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { tempDir } from '@kernelcast/testing';
import type { TempDir } from '@kernelcast/testing';
import { lockAddress, lockState } from './state-lock.js';

let dir: TempDir;
let state: string;
beforeEach(() => {
  dir = tempDir('lock');
  state = path.join(dir.path, 'state');
  mkdirSync(state);
});
afterEach(() => dir.remove());

describe('lockState', () => {
  it('lets one in at a time, by whatever path', async () => {
    const unlock = await lockState(state);
    const link = path.join(dir.path, 'link');
    symlinkSync(state, link);
    await expect(lockState(link)).rejects.toMatchObject({ code: 'state_in_use' });
    await unlock();
    await (
      await lockState(link)
    )();
  });

  it('is of one folder', async () => {
    const other = path.join(dir.path, 'other');
    mkdirSync(other);
    const unlocks = [await lockState(state), await lockState(other)];
    for (const unlock of unlocks) await unlock();
  });

  it('ends with its holder, even when that is killed', async () => {
    const child = await holder();
    await expect(lockState(state)).rejects.toMatchObject({ code: 'state_in_use' });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
    await (
      await lockState(state)
    )();
  });

  it('goes to one of several that find its holder dead', async () => {
    for (let round = 0; round < 5; round++) {
      const child = await holder();
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await exited;
      const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockState(state)));
      const won = tries.filter((result) => result.status === 'fulfilled');
      expect(won).toHaveLength(1);
      for (const { value } of won) await value();
    }
  });

  it('takes a holder that it may not reach for alive', async () => {
    const unlock = await lockState(state);
    const { connect } = net;
    net.connect = () => {
      const socket = new net.Socket();
      queueMicrotask(() => socket.emit('error', Object.assign(new Error('EACCES'), { code: 'EACCES' })));
      return socket;
    };
    try {
      await expect(lockState(state)).rejects.toMatchObject({ code: 'state_in_use' });
    } finally {
      net.connect = connect;
      await unlock();
    }
  });

  it('works in a folder whose path is too long for a socket', async () => {
    const long = path.join(dir.path, 'x'.repeat(120));
    mkdirSync(long);
    const unlock = await lockState(long);
    await expect(lockState(long)).rejects.toMatchObject({ code: 'state_in_use' });
    await unlock();
  });

  it('fails for a folder that is not there', async () => {
    await expect(lockState(path.join(dir.path, 'none'))).rejects.toMatchObject({ code: 'store_failed' });
  });

  /** Another process that holds the lock, as far as this one can tell. */
  async function holder(): Promise<ChildProcess> {
    const script = path.join(dir.path, 'holder.cjs');
    writeFileSync(script, "require('net').createServer().listen(process.argv[2], () => process.send('listening'))");
    const child = fork(script, [await lockAddress(state)]);
    await new Promise((resolve) => child.once('message', resolve));
    return child;
  }
});
