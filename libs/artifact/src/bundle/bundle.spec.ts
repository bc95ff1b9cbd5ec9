import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { ArtifactError } from '../artifact.error.js';
import type { Digest } from '../digest/digest.js';
import { readBundle, writeBundle } from './bundle.js';
import { readTar, writeTar } from './tar.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const digestOfText = (text: string): Digest => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const blobs = new Map(['one', 'another', ''].map((text) => [digestOfText(text), bytesOf(text)]));
const manifest = bytesOf('{"payload":"x"}');
const bundle = writeBundle({ manifest, blobs }, { group: 'kiosks' });
const BLOB_NAME = `blobs/${'a'.repeat(64)}`;

/** A header whose checksum is right again after a change. */
function changed(tar: Uint8Array, at: number, text: string): Uint8Array {
  const copy = tar.slice();
  copy.set(bytesOf(text), at);
  const sum = copy.subarray(0, 512).reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  copy.set(bytesOf(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
  return copy;
}

describe('a bundle', () => {
  it('gives back the manifest and the blobs that it was made of, and is the same bytes each time', () => {
    const read = readBundle(bundle);
    expect(read.manifest).toEqual(manifest);
    expect(new Map(read.blobs)).toEqual(blobs);
    expect(writeBundle({ manifest, blobs }, { group: 'kiosks' })).toEqual(bundle);
    expect(bundle.byteLength % 512).toBe(0);
  });

  it.each<[string, Uint8Array]>([
    ['that is cut off in a file', bundle.subarray(0, 1_030)],
    ['without its end', bundle.subarray(0, bundle.byteLength - 1_024)],
    ['that is empty', new Uint8Array(0)],
    ['without a manifest', writeTar(new Map([['bundle.json', manifest]]))],
    ['with a path that climbs out', writeTar(new Map([['../manifest.json', manifest]]))],
    ['with an absolute path', writeTar(new Map([['/manifest.json', manifest]]))],
    ['with a path through a folder', writeTar(new Map([['blobs/../manifest.json', manifest]]))],
    ['with a file of another name', writeTar(new Map([['manifest.json', manifest], ['run.sh', manifest]]))], // prettier-ignore
    ['with a blob that is named by no digest', writeTar(new Map([['manifest.json', manifest], ['blobs/x', manifest]]))], // prettier-ignore
    ['with a damaged header', bundle.map((byte, i) => (i === 130 ? byte ^ 1 : byte))],
    ['with a symbolic link', changed(bundle, 156, '2')],
    ['with a folder', changed(bundle, 156, '5')],
    ['with a prefix to a name', changed(bundle, 345, 'elsewhere')],
    ['with a size below zero', changed(bundle, 124, '-0000000001\0')],
    ['with a size beyond its end', changed(bundle, 124, '77777777777\0')],
    ['that is another kind of archive', changed(bundle, 257, 'other\0')],
  ])('%s is refused', (_, bytes) => {
    expect(() => readBundle(bytes)).toThrow(ArtifactError);
  });

  it('that names a file twice, or too many, is refused', () => {
    const one = writeTar(new Map([[BLOB_NAME, manifest]])).subarray(0, 1_024);
    const twice = new Uint8Array([...one, ...one, ...new Uint8Array(1_024)]);
    expect(() => readTar(twice, () => true, 10)).toThrow('twice');
    const many = writeTar(new Map(['a', 'b', 'c'].map((name) => [name, manifest])));
    expect(readTar(many, () => true, 3).size).toBe(3);
    expect(() => readTar(many, () => true, 2)).toThrow('more than 2 files');
  });

  it('of any bytes is read or refused, never anything else', () => {
    const mutated = fc.array(fc.tuple(fc.nat(bundle.byteLength - 1), fc.nat(255)), { maxLength: 6 }).map((changes) => {
      const copy = bundle.slice();
      for (const [at, byte] of changes) copy[at] = byte;
      return copy;
    });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 2_000 })), (bytes) => {
        try {
          readBundle(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ArtifactError);
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});
