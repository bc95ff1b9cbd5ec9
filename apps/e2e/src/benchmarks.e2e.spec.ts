import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';

const ROOT = path.resolve(import.meta.dirname, '../../..');

const BENCHMARKS: readonly { name: string; script: string; shows: string }[] = [
  { name: 'accuracy', script: 'libs/training/bench/accuracy.mjs', shows: 'A2' },
  { name: 'training', script: 'libs/training/bench/training.mjs', shows: 'P1' },
  { name: 'swap', script: 'libs/km/bench/fold.mjs', shows: 'P3' },
  { name: 'meta', script: 'libs/training/bench/meta.mjs', shows: 'A3' },
  { name: 'queue', script: 'apps/e2e/bench/queue.mjs', shows: 'P11' },
];

/** Benchmarks judge nothing here: their short form shows that whoever wants the figures can have them. */
describe.each(BENCHMARKS)('the benchmark of $name, in short', ({ script, shows }) => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'kernelcast-bench-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('ends well, prints a table and writes the same as JSON', async () => {
    const json = path.join(folder, 'report.json');
    const { code, output } = await run([script, '--short', '--json', json]);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining(shows) as string });
    expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject({ bench: expect.stringContaining(shows) as string });
  }, 300_000);
});

function run(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text)); // prettier-ignore
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
