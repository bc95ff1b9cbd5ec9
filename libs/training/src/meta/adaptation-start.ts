import { decodeWeights, encodeWeights } from '@kernelcast/artifact';
import type { WeightsFile } from '@kernelcast/artifact';
import type { BaseNetwork } from '@kernelcast/nets';
import { z } from 'zod';
import { StartError } from './meta.errors.js';
import type { AdaptationStart } from './meta.types.js';
import { layOut } from './network/variants.js';
import type { MetaLayout } from './network/variants.js';

const FORMAT = 'kernelcast.start';
const FORMAT_VERSION = '1';

const detailsSchema = z.object({
  variant: z.enum(['km', 'head', 'bn', 'all']),
  budget: z.union([z.object({ paramsRatio: z.number() }), z.object({ bytes: z.number() })]),
  headSteps: z.int().min(1),
  innerSteps: z.int().min(1),
  rates: z.record(z.string(), z.number().positive()),
});

/** A starting point as a file: the companion of the base network that it names. See docs/formats/start.md. */
export function encodeStart({ baseDigest, factors, rates, ...details }: AdaptationStart): Uint8Array {
  return encodeWeights(factors, 'f32', {
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    baseDigest,
    details: JSON.stringify({ ...details, rates: Object.fromEntries(rates) }),
  });
}

/** @throws {StartError} when the file is damaged, or does not belong to the base network. */
export function decodeStart(bytes: Uint8Array, base: BaseNetwork): AdaptationStart {
  const { metadata, weights: factors } = read(bytes);
  if (metadata['format'] !== FORMAT || metadata['formatVersion'] !== FORMAT_VERSION) {
    throw new StartError(`not ${FORMAT} version ${FORMAT_VERSION}`);
  }
  if (metadata['baseDigest'] !== base.digest) throw new StartError('it belongs to another base network');
  const { rates, ...details } = parseDetails(metadata['details']);
  const start = { baseDigest: base.digest, ...details, rates: new Map(Object.entries(rates)), factors };
  checkParameters(layOut(base.graph, start.variant, start.budget), start);
  return start;
}

function read(bytes: Uint8Array): WeightsFile {
  try {
    return decodeWeights(bytes);
  } catch (cause) {
    throw new StartError('the bytes are damaged', { cause });
  }
}

function parseDetails(text = ''): z.infer<typeof detailsSchema> {
  try {
    return detailsSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new StartError('its details are incomplete', { cause });
  }
}

function checkParameters({ learned, adapted }: MetaLayout, { rates, factors }: AdaptationStart): void {
  const missing = [...adapted.keys()].find((name) => !rates.has(name));
  if (missing !== undefined) throw new StartError(`'${missing}' has no rate`);
  const own = learned.filter(({ name }) => name.endsWith('/B'));
  if (factors.size !== own.length || rates.size !== adapted.size) throw new StartError('it holds what nobody adapts');
  for (const { name, shape } of own) {
    if (String(factors.get(name)?.shape) !== String(shape)) throw new StartError(`'${name}' is not [${String(shape)}]`);
  }
}
