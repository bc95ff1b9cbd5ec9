import type { Trainer } from '@kernelcast/contracts';
import { newId } from '@kernelcast/database';
import { TestRegistry } from '../testing/registry-app.js';
import { TrainersRepository } from './trainers.repository.js';

let registry: TestRegistry;
let trainers: TrainersRepository;

beforeAll(async () => {
  registry = await TestRegistry.start();
  trainers = new TrainersRepository(registry.database);
});
beforeEach(() => registry.database.prisma.trainer.deleteMany());
afterAll(() => registry.close());

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;

/** What a trainer writes of itself. */
const present = async (accelerator: 'cpu' | 'gpu', silentMs = 0): Promise<string> => {
  const id = newId('trainer');
  const data = { id, hostname: 'worker-1', version: '1.0.0', backend: 'wasm', accelerator, concurrency: 2 };
  await registry.database.prisma.trainer.create({ data: { ...data, lastSeenAt: new Date(Date.now() - silentMs) } });
  return id;
};

describe('the trainers', () => {
  it('are listed while they give signs of life, the longest at work first', async () => {
    const first = await present('cpu', 30 * SECOND_MS);
    await present('cpu', 61 * SECOND_MS);
    const second = await present('gpu');
    const { status, body } = await registry.get<{ data: Trainer[] }>('/v1/trainers');
    expect(status).toBe(200);
    expect(body.data.map(({ id }) => id)).toEqual([first, second]);
    expect(body.data[1]).toMatchObject({ hostname: 'worker-1', accelerator: 'gpu', concurrency: 2, running: 0 });
  });

  it('are shown to viewers', async () => {
    const key = await registry.keyOf('viewer');
    expect((await registry.get('/v1/trainers', { key })).status).toBe(200);
  });

  it('are known by what they can train', async () => {
    expect(await trainers.presence()).toEqual({ any: false, gpu: false });
    await present('gpu', 61 * SECOND_MS);
    await present('cpu');
    expect(await trainers.presence()).toEqual({ any: true, gpu: false });
    await present('gpu');
    expect(await trainers.presence()).toEqual({ any: true, gpu: true });
  });

  it('are forgotten after a day of silence', async () => {
    await present('cpu', 25 * HOUR_MS);
    const silent = await present('cpu', 23 * HOUR_MS);
    await trainers.prune();
    const rows = await registry.database.prisma.trainer.findMany();
    expect(rows.map(({ id }) => id)).toEqual([silent]);
  });
});
