import { checkEntry, checkTotals, type ArchiveEntry } from './archive-checks.js';
import { DATASET_LIMITS } from '../dataset-limits.js';

const entry = (changes: Partial<ArchiveEntry> = {}): ArchiveEntry => ({
  name: 'train/cat/0.png',
  compressedSize: 1000,
  uncompressedSize: 1000,
  encrypted: false,
  ...changes,
});
const codeOf = (changes: Partial<ArchiveEntry>) => checkEntry(entry(changes), DATASET_LIMITS)?.code;
const MEBIBYTE = 1024 ** 2;

describe('checkEntry', () => {
  it('lets an ordinary file pass', () => {
    expect(checkEntry(entry(), DATASET_LIMITS)).toBeUndefined();
  });

  it.each(['../a.png', 'a/../../b.png', '/a.png', 'C:/a.png', 'a\\b.png', 'a/\u0000.png', 'a/./b.png', ''])(
    'refuses the path %j',
    (name) => {
      expect(codeOf({ name })).toBe('path_traversal');
    },
  );

  it('lets names pass that only look like climbing', () => {
    expect(codeOf({ name: 'a/..b/c...png' })).toBeUndefined();
  });

  it('refuses a ratio of compression that no image has, but not of tiny files', () => {
    expect(codeOf({ uncompressedSize: 2 * MEBIBYTE, compressedSize: 2048 })).toBe('zip_bomb');
    expect(codeOf({ uncompressedSize: 2 * MEBIBYTE, compressedSize: MEBIBYTE })).toBeUndefined();
    expect(codeOf({ uncompressedSize: MEBIBYTE, compressedSize: 1 })).toBeUndefined();
  });

  it('refuses encrypted and oversized files', () => {
    expect(codeOf({ encrypted: true })).toBe('bad_layout');
    expect(codeOf({ uncompressedSize: 16 * MEBIBYTE + 1, compressedSize: 16 * MEBIBYTE })).toBe('too_large');
  });

  it('does not repeat control characters', () => {
    expect(checkEntry(entry({ name: 'a\u001b[31m/../b' }), DATASET_LIMITS)?.file).toBe('a\uFFFD[31m/../b');
  });
});

describe('checkTotals', () => {
  it('lets files pass that fit the archive', () => {
    expect(checkTotals([entry(), entry({ name: 'b' })], 3000, DATASET_LIMITS)).toEqual([]);
  });

  it('refuses files that share their bytes', () => {
    const findings = checkTotals([entry(), entry({ name: 'b' })], 1999, DATASET_LIMITS);
    expect(findings).toMatchObject([{ code: 'zip_bomb', detail: 'the files overlap inside the archive' }]);
  });

  it('refuses more than the sum of all files may be', () => {
    const limits = { ...DATASET_LIMITS, totalBytes: 1999 };
    expect(checkTotals([entry(), entry({ name: 'b' })], 3000, limits)).toMatchObject([{ code: 'zip_bomb' }]);
  });

  it('names each repeated file once', () => {
    const findings = checkTotals([entry(), entry(), entry()], 9000, DATASET_LIMITS);
    expect(findings).toMatchObject([{ code: 'duplicate', file: 'train/cat/0.png' }]);
  });
});
