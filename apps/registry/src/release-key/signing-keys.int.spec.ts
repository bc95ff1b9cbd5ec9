import { randomBytes } from 'node:crypto';
import type { FlattenedJws, ModulatorVersion, RenewedStatements, SigningKey, SigningKeys, TrustRoot } from '@kernelcast/contracts'; // prettier-ignore
import { SealedKeyVault } from '@kernelcast/platform';
import { newerTrustRoot, verifyStatement } from '@kernelcast/trust';
import { problemOf, TestRegistry } from '../testing/registry-app.js';
import { createIngredients, finishJob, type Ingredients } from '../testing/scenario.js';
import { resealKeys } from './reseal-keys.js';

let registry: TestRegistry;
let ingredients: Ingredients;
const masterKey = randomBytes(32);
beforeAll(async () => {
  registry = await TestRegistry.start({ KERNELCAST_MASTER_KEY: masterKey.toString('base64url') });
  ingredients = await createIngredients(registry);
});
afterAll(() => registry.close());

const keys = async () => (await registry.get<SigningKeys>('/v1/signing-keys')).body;
const act = (kid: string, verb: string, body?: unknown) =>
  registry.post<SigningKey>(`/v1/signing-keys/${kid}/${verb}`, body);
const approve = async (text: string) => {
  const { modulatorId, version } = await finishJob(registry, ingredients, Buffer.from(text));
  return registry.made<ModulatorVersion>(`/v1/modulators/${modulatorId}/versions/${version}/approve`, {});
};
const verified = ({ statement, digest: modulatorDigest, baseDigest, version }: ModulatorVersion, root: TrustRoot) =>
  verifyStatement(statement, root, { modulatorDigest, baseDigest, task: 'pets', version });
const offered = async () =>
  (await registry.database.prisma.trustRoot.findFirstOrThrow({ orderBy: { version: 'desc' } }))
    .signatures as unknown as FlattenedJws[];

it('a release key is replaced step by step: published, activated, the old one retired and given up', async () => {
  const before = await keys();
  expect(before).toMatchObject({ data: [{ role: 'release', state: 'active' }], trustRootVersion: 0 });
  const [{ kid: oldKid, role, publicKey } = { kid: '', role: 'release' as const, publicKey: '' }] = before.data;
  const early = await approve('by the old key');
  /** What a device learnt when it enrolled. */
  const enrolled: TrustRoot = { keys: [{ kid: oldKid, role, publicKey }] };

  const { kid } = await registry.made<SigningKey>('/v1/signing-keys');
  const overlap = await newerTrustRoot(enrolled, await offered());
  expect(overlap?.keys.map((key) => key.kid)).toEqual([oldKid, kid]);
  await expect(verified(await approve('still by the old key'), enrolled)).resolves.toBeDefined();

  expect(problemOf(await act(oldKid, 'retire', {}))).toMatchObject({ status: 409, code: 'conflict' });
  expect((await act(kid, 'activate')).body).toMatchObject({ state: 'active' });
  const late = await approve('by the new key');
  await expect(verified(late, enrolled)).rejects.toThrow('key_unknown');
  for (const version of [early, late]) await expect(verified(version, overlap as TrustRoot)).resolves.toBeDefined();

  const compromised = { compromised: true };
  expect(problemOf(await act(oldKid, 'retire', compromised)).detail).toContain('2 statements in force');
  const renewed = await registry.post<RenewedStatements>('/v1/signing-keys/renew-statements');
  expect(renewed.body).toEqual({ kid, renewed: 2 });
  expect((await registry.post<RenewedStatements>('/v1/signing-keys/renew-statements')).body.renewed).toBe(0);
  expect((await act(oldKid, 'retire', compromised)).body).toMatchObject({ state: 'compromised', statements: 0 });

  const final = await newerTrustRoot(overlap as TrustRoot, await offered());
  expect(final?.keys.map((key) => key.kid)).toEqual([kid]);
  const again = (await registry.get<ModulatorVersion>(`/v1/modulator-versions/${early.id}`)).body;
  await expect(verified(again, final as TrustRoot)).resolves.toBeDefined();
  await expect(verified(early, final as TrustRoot)).rejects.toThrow('key_unknown');

  const audit = await registry.database.prisma.auditEvent.findMany({
    where: { action: { startsWith: 'signing_key' } },
    orderBy: { seq: 'asc' },
  });
  expect(audit.map(({ action }) => action)).toEqual([
    'signing_key.published',
    'signing_key.active',
    'signing_key.compromised',
  ]);
  expect(JSON.stringify(await keys())).not.toContain('rivate');
});

it('keys are for whoever runs the installation', async () => {
  for (const role of ['viewer', 'trainer', 'approver', 'operator'] as const) {
    const key = await registry.keyOf(role);
    expect((await registry.get('/v1/signing-keys', { key })).status).toBe(403);
    expect((await registry.post('/v1/signing-keys', undefined, { key })).status).toBe(403);
  }
  expect(problemOf(await act('unknown', 'activate'))).toMatchObject({ status: 404, code: 'not_found' });
});

it('keys are sealed anew when the master key changes, all or none', async () => {
  const { signingKey } = registry.database.prisma;
  const [before, other] = [masterKey, randomBytes(32)];
  const count = await signingKey.count();
  await expect(resealKeys(registry.database, randomBytes(32), other)).rejects.toMatchObject({ code: 'seal_invalid' });
  await expect(resealKeys(registry.database, before, other)).resolves.toBe(count);
  await expect(resealKeys(registry.database, before, other)).resolves.toBe(0);
  const vault = new SealedKeyVault(other);
  for (const key of await signingKey.findMany()) await expect(vault.signer(key)).resolves.toBeDefined();
  await expect(resealKeys(registry.database, other, before)).resolves.toBe(count);
});
