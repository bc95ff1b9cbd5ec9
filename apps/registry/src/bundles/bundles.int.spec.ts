import { randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { BUNDLE_ORDER, type AuditEvent, type Bundle, type DeviceGroup } from '@kernelcast/contracts';
import { openOrder } from '@kernelcast/trust/node';
import { TestRegistry } from '../testing/registry-app.js';
import { createIngredients, enrolDevice, finishJob, type Ingredients } from '../testing/scenario.js';

/** Stands where delivery would: speaks the framing of Nest's TCP transport, `<length>#<JSON>`. */
class FakeDelivery {
  readonly orders: unknown[] = [];
  answer: object = {};
  private readonly server: Server = createServer((socket) => {
    socket.on('data', (data) => this.reply(socket, data.toString()));
  });

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const address = this.server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  close(): void {
    this.server.close();
  }

  private reply(socket: Socket, text: string): void {
    const message = JSON.parse(text.slice(text.indexOf('#') + 1)) as { pattern: string; data: unknown; id?: string };
    if (message.pattern !== BUNDLE_ORDER) return;
    this.orders.push(message.data);
    const json = JSON.stringify({ id: message.id, response: this.answer, isDisposed: true });
    socket.write(`${json.length}#${json}`);
  }
}

const MASTER_KEY = randomBytes(32);
let registry: TestRegistry;
let ingredients: Ingredients;
const delivery = new FakeDelivery();

beforeAll(async () => {
  registry = await TestRegistry.start({
    KERNELCAST_EVENTS_PORT: String(await delivery.listen()),
    KERNELCAST_MASTER_KEY: MASTER_KEY.toString('base64url'),
  });
  ingredients = await createIngredients(registry);
});
afterAll(async () => {
  await registry.close();
  delivery.close();
});

describe('a bundle', () => {
  it('is signed by delivery on a sealed order, names versions by their ids, and is in the audit log', async () => {
    const version = await finishJob(registry, ingredients, Buffer.from('carried'));
    const { id: groupId } = await registry.made<DeviceGroup>('/v1/device-groups', { name: 'carried' });
    const { id: deviceId } = await enrolDevice(registry, groupId, ingredients.base.digest);
    const modulators = [{ task: 'pets', version: 1, digest: version.digest, size: 7 }];
    const manifest = { protected: 'a', payload: 'b', signature: 'c' };
    const signed = { cohort: 'coh_1', version: 7, baseDigest: ingredients.base.digest, manifest, modulators };
    delivery.answer = { outcome: 'signed', ...signed };
    const order = { deviceId, expiresInSeconds: 3_600 };
    const bundle = await registry.made<Bundle>(`/v1/device-groups/${groupId}/bundles`, order);
    expect(bundle).toMatchObject({ groupId, deviceId, cohort: 'coh_1', manifestVersion: 7, manifest });
    expect(bundle.modulators).toEqual([{ ...modulators[0], modulatorVersionId: version.id }]);
    const leftMs = Date.parse(bundle.expiresAt) - Date.now();
    expect(leftMs).toBeGreaterThan(3_500_000);
    expect(leftMs).toBeLessThanOrEqual(3_600_000);
    expect(openOrder(BUNDLE_ORDER, delivery.orders.at(-1), MASTER_KEY, new Date())).toEqual({
      groupId,
      deviceId,
      expiresAt: bundle.expiresAt,
    });
    const { body } = await registry.get<{ data: AuditEvent[] }>('/v1/audit-events?action=device_group.bundle');
    expect(body.data).toHaveLength(1);
    expect(body.data[0]).toMatchObject({ resource: groupId, after: { deviceId, expiresAt: bundle.expiresAt } });
    expect(body.data[0]?.after).not.toHaveProperty('manifest');
  });

  it('is refused as delivery says, for groups and devices that are not there, and for lives beyond the limit', async () => {
    const { id: groupId } = await registry.made<DeviceGroup>('/v1/device-groups', { name: 'refused' });
    const post = async (body: object, group = groupId): Promise<[number, string]> => {
      const answer = await registry.post<{ code: string }>(`/v1/device-groups/${group}/bundles`, body);
      return [answer.status, answer.body.code];
    };
    delivery.answer = { outcome: 'refused', code: 'conflict', detail: 'name one device' };
    expect(await post({})).toEqual([409, 'conflict']);
    expect(await post({ deviceId: 'dev_01J9Z3K2Q4R5S6T7V8W9X0Y1Z2' })).toEqual([404, 'device_not_found']);
    expect(await post({}, 'grp_01J9Z3K2Q4R5S6T7V8W9X0Y1Z2')).toEqual([404, 'group_not_found']);
    expect(await post({ expiresInSeconds: 91 * 86_400 })).toEqual([422, 'validation_failed']);
  });
});
