import { createLogger, RedisRateLimiter, type RatePolicy } from '@kernelcast/platform';
import { startRedis, waitFor, type TestRedis } from '@kernelcast/testing';

const hourly = (name: string, capacity: number): RatePolicy => ({
  name,
  rule: { capacity, refillPerSecond: capacity / 3600 },
});

const lines: string[] = [];
const logger = createLogger({ service: 'test', destination: { write: (line) => void lines.push(line) } });
let redis: TestRedis;
let replicas: readonly [RedisRateLimiter, RedisRateLimiter];

beforeAll(async () => {
  redis = await startRedis();
  replicas = [new RedisRateLimiter({ url: redis.url, logger }), new RedisRateLimiter({ url: redis.url, logger })];
  let attempt = 0;
  await waitFor('both to use Redis', async () => {
    const policy = hourly(`ready${attempt++}`, 1);
    await replicas[0].take(policy, 'key', 1);
    return (await replicas[1].take(policy, 'key', 1)).isAllowed ? undefined : true;
  });
});
afterAll(async () => {
  for (const replica of replicas) replica.close();
  await redis.stop();
});

describe('rate limits in Redis', () => {
  it('are the same for all replicas, however many ask at once', async () => {
    const policy = hourly('shared', 50);
    const takings = await Promise.all(
      Array.from({ length: 40 }, (_, i) => (i % 2 ? replicas[0] : replicas[1]).take(policy, 'key_1', 2)),
    );
    expect(takings.filter(({ isAllowed }) => isAllowed)).toHaveLength(25);
    const refused = await replicas[0].take(policy, 'key_1', 1);
    expect(refused).toMatchObject({ isAllowed: false, remaining: 0 });
    expect(Math.round(refused.retryAfterMs / 1000)).toBe(72);
    expect(await replicas[1].take(policy, 'key_2', 1)).toMatchObject({ isAllowed: true, remaining: 49 });
  });

  it('are kept by each process while Redis is away, which is said once', async () => {
    await redis.stop();
    const policy = hourly('away', 3);
    const answers = [];
    for (let asked = 0; asked < 5; asked++) answers.push(await replicas[0].take(policy, 'key_1', 1));
    expect(answers.map(({ isAllowed }) => isAllowed)).toEqual([true, true, true, false, false]);
    await waitFor('the line', () => (lines.length >= 2 ? true : undefined));
    expect(lines.filter((line) => line.includes('Redis is away'))).toHaveLength(replicas.length);
  });
});
