import type { FlattenedJws } from '@kernelcast/contracts';
import type { ServingDevice } from '../serving-device.js';
import type { Publication } from '../fake-delivery.js';

/**
 * Something that an attacker may try on a device that serves a good version: after it the device polls, refuses with
 * the code, and serves on.
 */
export interface Attack {
  readonly attack: string;
  readonly code: string;
  /** Makes the fake service answer as the attacker wants. */
  readonly prepare: (test: ServingDevice) => Promise<unknown>;
}

/** Offers the next version by a newer manifest, changed as given. */
export const offer =
  (change: (test: ServingDevice) => Partial<Publication> = () => ({})): Attack['prepare'] =>
  (test) =>
    test.delivery.publish({ slots: [{ modulator: test.next }], version: 11, ...change(test) });

/** Offers the next version, with the envelope changed after it was signed. */
export const forged =
  (change: (jws: FlattenedJws, test: ServingDevice) => object | Promise<object>): Attack['prepare'] =>
  async (test) => {
    const jws = await test.delivery.publish({ slots: [{ modulator: test.next }], version: 11 });
    test.delivery.manifest = (await change(jws, test)) as FlattenedJws;
  };

/** Answers requests for a path with something of the attacker's. */
export const answered =
  (path: string, answer: () => Response): Attack['prepare'] =>
  async (test) => {
    await test.delivery.publish({ slots: [{ modulator: test.next }], version: 11 });
    test.delivery.intercept = (request) => (request.path.includes(path) ? answer() : undefined);
  };

export const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
export const decode = (part: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;

/** A part in base64url with one bit of one of its bytes flipped; counted from the end when negative. */
export function flipped(part: string, at: number): string {
  const bytes = Buffer.from(part, 'base64url');
  const index = at < 0 ? bytes.length + at : at;
  bytes[index] = (bytes[index] ?? 0) ^ 1;
  return bytes.toString('base64url');
}
