import { PassThrough, Readable } from 'node:stream';
import { cutParts } from './cut-parts.js';

const OPTIONS = { partBytes: 4, silenceMs: 60_000 };
const collect = () => {
  const parts: string[] = [];
  return { parts, keep: async (part: Buffer) => void parts.push(part.toString()) };
};

describe('cutParts', () => {
  it('cuts at the same places, however the bytes arrive', async () => {
    for (const chunks of [['abcdefghij'], ['a', 'bcdefg', 'hij'], ['abcd', 'efgh', 'ij']]) {
      const { parts, keep } = collect();
      expect(await cutParts(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), OPTIONS, keep)).toEqual({});
      expect(parts).toEqual(['abcd', 'efgh', 'ij']);
    }
  });

  it('keeps what came before a fault, and tells the fault', async () => {
    const { parts, keep } = collect();
    const source = new PassThrough();
    source.write('abcdef');
    const fault = new Error('cut');
    const cutting = cutParts(source, OPTIONS, async (part) => {
      await keep(part);
      source.destroy(fault);
    });
    expect(await cutting).toEqual({ fault });
    expect(parts).toEqual(['abcd', 'ef']);
  });

  it('gives a sender up that falls silent', async () => {
    const { parts, keep } = collect();
    const source = new PassThrough();
    source.write('ab');
    const { fault } = await cutParts(source, { ...OPTIONS, silenceMs: 20 }, keep);
    expect(fault?.message).toMatch(/silent/);
    expect(parts).toEqual(['ab']);
  });

  it('stops at a part that cannot be kept', async () => {
    const source = Readable.from([Buffer.from('abcdefgh')]);
    const full = new Error('full');
    await expect(cutParts(source, OPTIONS, () => Promise.reject(full))).rejects.toBe(full);
    expect(source.destroyed).toBe(true);
  });

  it('keeps nothing of an empty stream', async () => {
    const { parts, keep } = collect();
    expect(await cutParts(Readable.from([]), OPTIONS, keep)).toEqual({});
    expect(parts).toEqual([]);
  });
});
