import { readFile, rename, writeFile } from 'node:fs/promises';
import { idSchema, reportSchema, trustRootSchema } from '@kernelcast/contracts';
import type { Digest } from '@kernelcast/contracts';
import { z } from 'zod';
import { Interned } from './holdings.js';
import type { Holding } from './holdings.js';
import { newFleet } from './simulator.js';
import type { FleetMemory } from './simulator.js';

const FORMAT = 'kernelcast.simulated-fleet/1';
/** Holds the secret that all keys come from. */
const OWNER_ONLY = 0o600;
const SECRET_BYTES = 32;

const versionSchema = z.object({
  task: z.string(),
  version: z.int(),
  digest: z.string(),
  previous: z.object({ version: z.int(), digest: z.string() }).optional(),
});
const headSchema = z.object({
  format: z.literal(FORMAT),
  server: z.string(),
  baseDigest: z.string(),
  devices: z.int().positive(),
  secret: z.base64(),
  trustRoots: z.array(trustRootSchema),
  groups: z.array(z.object({ id: z.string() })),
  manifests: z.array(z.object({ text: z.string(), trustRoot: z.int() })),
  holdings: z.array(z.object({ slots: z.record(z.string(), versionSchema), failed: z.array(z.string()) })).min(1),
});
/** [device, id, credential, its expiry, accepted version, manifest, trust root, group, holding, last sequence number, revoked, pending] */
const rowSchema = z.tuple([
  z.int().nonnegative(),
  idSchema('device'),
  z.string(),
  z.number(),
  z.int(),
  z.int(),
  z.int(),
  z.int(),
  z.int(),
  z.int(),
  z.int(),
  z.array(reportSchema),
]);

export interface FleetOwner {
  readonly server: string;
  readonly baseDigest: Digest;
  readonly secret: Uint8Array;
}

/** Writes a fleet's memory as lines of JSON, whole or not at all. */
export async function writeFleet(
  file: string,
  { table, manifests, holdings }: FleetMemory,
  owner: FleetOwner,
): Promise<void> {
  // prettier-ignore
  const head: z.input<typeof headSchema> = {
    format: FORMAT,
    server: owner.server,
    baseDigest: owner.baseDigest,
    devices: table.size,
    secret: Buffer.from(owner.secret).toString('base64'),
    trustRoots: [...manifests.trustRoots.all()],
    groups: [...manifests.groups.all()],
    manifests: manifests.all().map(({ text, trustRoot }) => ({ text, trustRoot })),
    holdings: holdings.all().map(({ slots, failed }) => ({ slots: { ...slots }, failed: [...failed] })),
  };
  const lines = [JSON.stringify(head)];
  for (let device = 0; device < table.size; device++) {
    if (!table.isEnrolled(device)) continue;
    lines.push(
      JSON.stringify([
        device,
        table.deviceId(device),
        table.credential(device),
        table.credentialExpiry[device],
        table.acceptedVersion[device],
        table.manifest[device],
        table.trustRoot[device],
        table.group[device],
        table.holding[device],
        table.lastSeq[device],
        table.revoked[device],
        table.pending.get(device) ?? [],
      ]),
    );
  }
  const temporary = `${file}.tmp`;
  await writeFile(temporary, `${lines.join('\n')}\n`, { mode: OWNER_ONLY });
  await rename(temporary, file);
}

/**
 * Reads what {@link writeFleet} wrote; its manifests are verified anew.
 * @throws Error when it is of another server, base network or size, or not such a file
 */
export async function readFleet(
  file: string,
  expected: Omit<FleetOwner, 'secret'> & { devices: number },
): Promise<{ fleet: FleetMemory; secret: Uint8Array } | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const [first = '', ...rows] = text.trimEnd().split('\n');
  const head = headSchema.parse(JSON.parse(first));
  for (const key of ['server', 'baseDigest', 'devices'] as const) {
    if (head[key] !== expected[key]) throw new TypeError(`${file} is of ${key} ${head[key]}, not ${expected[key]}`);
  }
  const secret = Buffer.from(head.secret, 'base64');
  if (secret.byteLength !== SECRET_BYTES) throw new TypeError(`${file} holds no secret of ${SECRET_BYTES} bytes`);
  const empty = newFleet(expected);
  for (const group of head.groups) empty.manifests.groups.intern(group);
  for (const root of head.trustRoots) empty.manifests.trustRoots.intern(root);
  const numbers = await Promise.all(
    head.manifests.map(({ text: body, trustRoot }) => empty.manifests.verify(Buffer.from(body), trustRoot)),
  );
  const fleet = { ...empty, holdings: new Interned<Holding>(head.holdings) };
  for (const row of rows) restore(fleet, rowSchema.parse(JSON.parse(row)), numbers);
  return { fleet, secret };
}

function restore(
  { table, holdings, manifests }: FleetMemory,
  row: z.output<typeof rowSchema>,
  numbers: readonly number[],
): void {
  // prettier-ignore
  const [device, id, credential, expiresAt, accepted, manifest, trustRoot, group, holding, lastSeq, revoked, pending] = row;
  if (device >= table.size) throw new RangeError(`there is no device ${device}`);
  holdings.get(holding);
  manifests.trustRoots.get(trustRoot);
  manifests.groups.get(group);
  table.setDeviceId(device, id);
  table.setCredential(device, credential, expiresAt);
  table.renewedAt[device] = Date.now();
  table.acceptedVersion[device] = accepted;
  table.manifest[device] = numbers[manifest] ?? -1;
  table.trustRoot[device] = trustRoot;
  table.group[device] = group;
  table.holding[device] = holding;
  table.lastSeq[device] = lastSeq;
  table.revoked[device] = revoked;
  if (pending.length > 0) table.pending.set(device, pending);
}
