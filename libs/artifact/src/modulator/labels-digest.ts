import { canonicalJson } from '../digest/canonical-json.js';
import { digestOf } from '../digest/digest.js';
import type { Digest } from '../digest/digest.js';

/** Names a list of class labels, their order included: a manifest states it, a device compares it with the modulator's. */
export function labelsDigest(labels: readonly string[]): Promise<Digest> {
  return digestOf(new TextEncoder().encode(canonicalJson(labels)));
}
