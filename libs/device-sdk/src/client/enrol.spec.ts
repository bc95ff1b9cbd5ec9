import { MemoryStateStore } from '../state/memory-state-store.js';
import { DEVICE_ID, FakeDelivery, NOW, SERVER } from '../testing/fake-delivery.js';
import { enrolDevice } from './enrol.js';

const BASE = `sha256:${'a'.repeat(64)}` as const;
let delivery: FakeDelivery;
let store: MemoryStateStore;

beforeEach(async () => {
  delivery = await FakeDelivery.start();
  store = new MemoryStateStore();
});

const enrol = (changes: { enrolmentToken?: string; server?: string } = {}) =>
  enrolDevice({
    server: SERVER,
    enrolmentToken: 'good',
    baseDigests: [BASE],
    attributes: { site: 'north' },
    runtime: 'test',
    store,
    fetch: delivery.fetch,
    now: () => NOW,
    ...changes,
  });

describe('enrolDevice', () => {
  it('sends a public key made here and keeps what it is told', async () => {
    const identity = await enrol({ server: `${SERVER}/` });
    expect(identity).toMatchObject({
      deviceId: DEVICE_ID,
      server: SERVER,
      trustRoot: delivery.root,
      baseDigests: [BASE],
    });
    expect(delivery.requests[0]?.json).toEqual({
      enrolmentToken: 'good',
      publicKey: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      attributes: { site: 'north' },
      baseDigests: [BASE],
      runtime: 'test',
    });
  });

  it('keeps the private key to itself', async () => {
    await enrol();
    const { copies } = await store.readDocument('key');
    const { privateKey } = copies[0] as { privateKey: string };
    expect(privateKey.length).toBeGreaterThan(40);
    expect(JSON.stringify(delivery.requests)).not.toContain(privateKey);
  });

  it('is the same device when the first answer was lost', async () => {
    delivery.intercept = () => Promise.reject(new TypeError('fetch failed'));
    await expect(enrol()).rejects.toMatchObject({ code: 'network_unreachable' });
    delivery.intercept = () => undefined;
    await enrol();
    const keys = delivery.requests.map(({ json }) => (json as { publicKey: string }).publicKey);
    expect(keys[1]).toBe(keys[0]);
  });

  it('does not enrol twice', async () => {
    await enrol();
    await expect(enrol()).rejects.toMatchObject({ code: 'already_enrolled' });
    expect(delivery.requests).toHaveLength(1);
  });

  it.each([
    ['a token the server does not know', { enrolmentToken: 'bad' }, { code: 'enrolment_token_invalid' }],
    ['what is no address', { server: 'ftp://x' }, { name: 'TypeError' }],
  ])('fails with %s', async (_, changes, error) => {
    await expect(enrol(changes)).rejects.toMatchObject(error);
    expect((await store.readDocument('identity')).copies).toEqual([]);
  });

  it('fails with an answer of another shape', async () => {
    delivery.intercept = () => Response.json({ deviceId: 'x' }, { status: 201 });
    await expect(enrol()).rejects.toMatchObject({ code: 'response_invalid' });
  });
});
