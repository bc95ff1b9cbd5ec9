import { fork, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitForPredecessor } from './cluster.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js';

/** Tells whether somebody accepts connections on a port of this machine. */
const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

const settings = { fsync: 'off' };
const postmasterPid = (dataDir: string): number =>
  Number.parseInt(readFileSync(path.join(dataDir, 'cluster/postmaster.pid'), 'utf8'), 10);

describe('the embedded Postgres', () => {
  let dataDir: string;
  let server: EmbeddedPostgres;
  beforeAll(async () => {
    dataDir = mkdtempSync(path.join(os.tmpdir(), 'kernelcast-embedded-'));
    server = await startEmbeddedPostgres({ dataDir, settings });
  });
  afterAll(async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('listens on this machine alone, with a password nobody else can read', async () => {
    expect(new URL(server.url)).toMatchObject({
      hostname: '127.0.0.1',
      port: String(server.port),
      username: 'kernelcast',
    });
    expect(new URL(server.url).password).toHaveLength(32);
    expect(await answers(server.port)).toBe(true);
  });

  it('keeps its cluster and its password from one start to the next', async () => {
    const { password } = new URL(server.url);
    await server.stop();
    expect(await answers(server.port)).toBe(false);
    server = await startEmbeddedPostgres({ dataDir, settings });
    expect(new URL(server.url).password).toBe(password);
  });

  it('says why it cannot start, when its port is taken', async () => {
    const other = mkdtempSync(path.join(os.tmpdir(), 'kernelcast-embedded-'));
    await expect(startEmbeddedPostgres({ dataDir: other, port: server.port, settings })).rejects.toMatchObject({
      code: 'postgres_start_failed',
      message: expect.stringMatching(/Address already in use/) as unknown,
    });
    rmSync(other, { recursive: true, force: true });
  });

  it('is not started twice on one cluster', async () => {
    await expect(waitForPredecessor(path.join(dataDir, 'cluster'), 0)).rejects.toMatchObject({
      code: 'postgres_already_running',
    });
  });

  it('tells when it ended by itself, and recovers at the next start', async () => {
    process.kill(postmasterPid(dataDir), 'SIGKILL');
    expect(await server.crashed).toMatchObject({ code: 'postgres_start_failed' });
    server = await startEmbeddedPostgres({ dataDir, settings });
    expect(await answers(server.port)).toBe(true);
  });
});

describe('a server under supervision', () => {
  const supervisor = fileURLToPath(new URL('../supervised-process/supervisor.ts', import.meta.url));
  /** A server that says it is ready and then sleeps; the shell passes signals on. */
  const superviseSleep = async (folder: string): Promise<ChildProcess> => {
    const order = {
      command: process.execPath,
      args: ['-e', 'console.log("ready"); setInterval(() => undefined, 1000)'],
      readyText: 'ready',
      stopSignal: 'SIGTERM',
      removeFolder: folder,
      environment: {},
    };
    const child = fork(supervisor, [JSON.stringify(order)], { execArgv: ['--no-warnings'] });
    await new Promise((resolve) => child.once('message', resolve));
    return child;
  };

  it('ends, and cleans up, when the process that wanted it is gone', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'kernelcast-supervised-'));
    const child = await superviseSleep(folder);
    const exited = new Promise((resolve) => child.once('exit', resolve));
    // What the operating system does to the channel when the parent dies, by whatever signal.
    child.disconnect();
    await exited;
    expect(existsSync(folder)).toBe(false);
  });

  it('does not mind Ctrl-C, which is for the services in front of it', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'kernelcast-supervised-'));
    const child = await superviseSleep(folder);
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    child.send({ type: 'stop' });
    await exited;
    expect(child.signalCode).toBeNull();
  });
});
