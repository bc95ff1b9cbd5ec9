import fc from 'fast-check';
import type * as z from 'zod';
import type * as mini from 'zod/mini';
import { problemSchema } from '../common/errors.js';
import * as enrolment from './enrolment.js';
import * as manifest from './manifest.js';
import { reportSchema, reportsResponseSchema } from './reports.js';
import * as shapes from './shapes.js';

const digest = `sha256:${'a'.repeat(64)}`;
const at = '2026-01-02T03:04:05Z';
const jws = { protected: 'eyJ9', payload: 'e30', signature: 'c2ln' };
const key = { kid: 'k', role: 'release', publicKey: 'A'.repeat(43) };
const credential = { credential: 'kcd1.x', credentialExpiresAt: at };
const trustRoot = { version: 1, keys: [key] };
const delta = { from: digest, digest, size: 9, encoding: 'xor' };
const slot = { slot: 'a', task: 'a', modulatorVersion: 1, digest, size: 9, encoding: 'f16', labelsDigest: digest, statement: jws, deltas: [delta] }; // prettier-ignore
const common = { slot: 's', digest, phase: 'active', code: 'c', detail: 'd' };
const report = { seq: 1, at, ...common, durations: { fold: 1.5 }, selfTest: { passed: true, maxError: 0.1 } };

/** For each shape the schema that servers and documents use, and something that fits both. */
const PAIRS: [string, mini.ZodMiniType, z.ZodType, object][] = [
  ['flattenedJws', shapes.flattenedJwsShape, manifest.flattenedJwsSchema, jws],
  [
    'statement',
    shapes.statementShape,
    manifest.statementSchema,
    { type: 'kernelcast.statement/1', modulatorDigest: digest, baseDigest: digest, task: 'a', version: 1 },
  ],
  ['trustRoot', shapes.trustRootShape, enrolment.trustRootSchema, trustRoot],
  [
    'trustRootDocument',
    shapes.trustRootDocumentShape,
    manifest.trustRootDocumentSchema,
    { type: 'kernelcast.trust-root/1', ...trustRoot },
  ],
  ['manifestSlot', shapes.manifestSlotShape, manifest.manifestSlotSchema, slot],
  [
    'manifest',
    shapes.manifestShape,
    manifest.manifestSchema,
    { type: 'kernelcast.manifest/1', group: 'g', cohort: 'c', version: 0, issuedAt: at, expiresAt: at, base: { digest }, slots: [slot], trustRoot: [jws] }, // prettier-ignore
  ],
  ['credentialResponse', shapes.credentialResponseShape, enrolment.credentialResponseSchema, credential],
  ['nonceResponse', shapes.nonceResponseShape, enrolment.nonceResponseSchema, { nonce: 'n', expiresAt: at }],
  [
    'enrolResponse',
    shapes.enrolResponseShape,
    enrolment.enrolResponseSchema,
    { deviceId: `dev_${'0'.repeat(26)}`, groupId: 'g', ...credential, trustRoot },
  ],
  ['report', shapes.reportShape, reportSchema, report],
  ['reportsResponse', shapes.reportsResponseShape, reportsResponseSchema, { acceptedThrough: 0 }],
  [
    'problem',
    shapes.problemShape,
    problemSchema.pick({ code: true, detail: true }).partial(),
    { code: 'c', detail: 'd' },
  ],
];

/** Every place in a value, as a path. */
function pathsOf(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  return [[], ...Object.entries(value).flatMap(([name, part]) => pathsOf(part).map((path) => [name, ...path]))];
}

function replaced(value: unknown, [name, ...rest]: readonly string[], by: unknown): unknown {
  if (name === undefined) return by;
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }; // prettier-ignore
  Reflect.set(copy, name, replaced(Reflect.get(copy, name), rest, by));
  return copy;
}

/** Values on the edges of what fields take. */
const edges = fc.constantFrom<unknown>(
  undefined, null, '', 'a', 'A', '-', '!', 'a'.repeat(63), 'a'.repeat(64), 'a'.repeat(65), 'é'.repeat(500), 'a'.repeat(501),
  'f32', 'i8', 'manifest', digest, digest.toUpperCase(), 'A'.repeat(43), at, '2026-01-02', '2026-02-30T00:00:00Z',
  '2026-01-02T03:04:05+01:00', 0, -0, 1, -1, 1.5, NaN, Infinity, 2 ** 53, true, [], {}, [[]], [null],
  Array(17).fill(jws), Array(16).fill(jws), Array(17).fill(delta), Array(257).fill(slot), { a: 'b' }, { a: NaN },
); // prettier-ignore

describe.each(PAIRS)('the shape of a %s for devices', (_, shape, schema, sample) => {
  const agree = (value: unknown): boolean => {
    const [ours, theirs] = [shape.safeParse(value), schema.safeParse(value)];
    expect({ success: ours.success, data: ours.data }).toEqual({ success: theirs.success, data: theirs.data });
    return ours.success;
  };

  it('takes what its schema takes and gives the same', () => {
    expect(agree(sample)).toBe(true);
    expect(agree({ ...sample, unknown: 1 })).toBe(true);
  });

  it('judges like its schema whatever stands in whichever place', () => {
    const places = fc.constantFrom(...pathsOf(sample), ['unknown']);
    const values = fc.oneof({ weight: 3, arbitrary: edges }, { weight: 1, arbitrary: fc.jsonValue() });
    fc.assert(
      fc.property(places, values, (place, value) => void agree(replaced(sample, place, value))),
      {
        numRuns: 400,
      },
    );
  });
});
