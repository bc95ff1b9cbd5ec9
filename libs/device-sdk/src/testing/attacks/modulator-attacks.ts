import { decodeModulator, digestOf, encodeModulator, GOLDEN_LOGITS } from '@kernelcast/artifact';
import { aModulator } from '../modulators.js';
import type { ModulatorChoice, TestModulator } from '../modulators.js';
import type { ServingDevice } from '../serving-device.js';
import { tinyBase } from '../tiny-base.js';
import { answered, offer } from './attack.js';
import type { Attack } from './attack.js';

/** The bytes that the service, or someone on the line, sends for the digest that was signed. */
const sending =
  (tamper: (bytes: Uint8Array, test: ServingDevice) => Uint8Array | Promise<Uint8Array>): Attack['prepare'] =>
  async (test) => {
    await offer()(test);
    test.delivery.blobs.set(test.next.digest, await tamper(test.next.bytes, test));
  };
const flippedAt =
  (place: (size: number) => number) =>
  (bytes: Uint8Array): Uint8Array =>
    bytes.map((byte, i) => (i === place(bytes.byteLength) ? byte ^ 1 : byte));

const onTheLine: Attack[] = [
  { attack: 'a bit flipped in its header', code: 'blob_tampered', prepare: sending(flippedAt(() => 20)) },
  { attack: 'a bit flipped in its middle', code: 'blob_tampered', prepare: sending(flippedAt((size) => size >> 1)) },
  { attack: 'a bit flipped in its last byte', code: 'blob_tampered', prepare: sending(flippedAt((size) => size - 1)) },
  { attack: 'cut off', code: 'blob_tampered', prepare: sending((bytes) => bytes.slice(0, -1)) },
  { attack: 'longer by a byte', code: 'blob_tampered', prepare: sending((bytes) => Uint8Array.from([...bytes, 0])) },
  { attack: 'empty', code: 'blob_tampered', prepare: sending(() => new Uint8Array(0)) },
  { attack: 'other bytes of the same length', code: 'blob_tampered', prepare: sending((bytes) => new Uint8Array(bytes.byteLength)) },
  { attack: 'the version before in its place', code: 'blob_tampered', prepare: sending((_, { good }) => good.bytes) },
  { attack: 'a valid modulator of another task in its place', code: 'blob_tampered', prepare: sending(async (_, { base }) => (await aModulator(base, { task: 'letters', seed: 2, version: 2 })).bytes) },
  { attack: 'endless', code: 'blob_tampered', prepare: answered('blobs', () => new Response(new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(1000)) }))) },
  { attack: 'larger than a modulator may be, by the manifest', code: 'artifact_invalid', prepare: offer(({ next }) => ({ slots: [{ modulator: next, changes: { size: 2 ** 40 } }] })) },
  { attack: 'not there', code: 'download_failed', prepare: answered('blobs', () => new Response(null, { status: 404 })) },
]; // prettier-ignore

/** A file as it would be after a mistake, or by someone who has both keys: digest and statement are genuine. */
const made =
  (make: (test: ServingDevice) => Promise<TestModulator>): Attack['prepare'] =>
  async (test) => {
    const modulator = await make(test);
    await offer(() => ({ slots: [{ modulator }] }))(test);
  };
const remade = (change: (test: ServingDevice) => ModulatorChoice | Promise<ModulatorChoice>): Attack['prepare'] =>
  made(async (test) => aModulator(test.base, { version: 2, seed: 2, ...(await change(test)) }));

async function broken({ next }: ServingDevice): Promise<TestModulator> {
  const bytes = next.bytes.slice(0, -8);
  return { ...next, bytes, digest: await digestOf(bytes) };
}

/** One golden logit is off by a half. */
async function misremembering({ next }: ServingDevice): Promise<TestModulator> {
  const { tensors, ...header } = decodeModulator(next.bytes);
  const golden = tensors.get(GOLDEN_LOGITS);
  const data = Float32Array.from(golden?.data ?? [], (value, i) => value + (i === 7 ? 0.5 : 0));
  const bytes = encodeModulator({
    ...header,
    tensors: new Map([...tensors, [GOLDEN_LOGITS, { shape: [4, 3], data }]]),
  });
  return { ...next, bytes, digest: await digestOf(bytes) };
}

const misfit = (): ModulatorChoice => ({
  tensors: new Map([
    ['conv1/A', { shape: [9, 1], data: new Float32Array(9) }],
    [GOLDEN_LOGITS, { shape: [4, 3], data: new Float32Array(12) }],
  ]),
});

const approved: Attack[] = [
  { attack: 'a broken file, approved', code: 'artifact_invalid', prepare: made(broken) },
  { attack: 'tensors that fit no layer, approved', code: 'artifact_invalid', prepare: remade(misfit) },
  { attack: 'made for another base, approved for this one', code: 'base_mismatch', prepare: remade(async () => ({ file: { baseDigest: (await tinyBase(2)).digest } })) },
  { attack: 'made for another task, approved for this one', code: 'statement_mismatch', prepare: remade(() => ({ file: { task: 'letters' } })) },
  { attack: 'another encoding than the manifest says', code: 'statement_mismatch', prepare: offer(({ next }) => ({ slots: [{ modulator: next, changes: { encoding: 'i8' } }] })) },
  { attack: 'other labels than the manifest says', code: 'labels_mismatch', prepare: async (test) => {
    const { labelsDigest } = await aModulator(test.base, { labels: ['a', 'b', 'c'] });
    await offer(({ next }) => ({ slots: [{ modulator: next, changes: { labelsDigest } }] }))(test);
  } },
  { attack: 'golden outputs that it does not compute', code: 'golden_mismatch', prepare: made(misremembering) },
]; // prettier-ignore

export const MODULATOR_ATTACKS: readonly Attack[] = [...onTheLine, ...approved];
