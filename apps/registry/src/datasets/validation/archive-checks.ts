import type { DatasetFinding } from '@kernelcast/contracts';
import type { DatasetLimits } from '../dataset-limits.js';
import { fault } from './findings.js';
import { isIdxName } from './idx/idx-names.js';

/** What an archive's directory claims of one file. */
export interface ArchiveEntry {
  readonly name: string;
  readonly compressedSize: number;
  readonly uncompressedSize: number;
  readonly encrypted: boolean;
}

/** Faults that the archive's directory shows, before anything is unpacked. */
export const checkEntry = (entry: ArchiveEntry, limits: DatasetLimits): DatasetFinding | undefined => {
  const { name, compressedSize, uncompressedSize } = entry;
  const finding = (code: DatasetFinding['code'], detail: string) => fault(code, name, detail);
  if (!isSafePath(name)) return fault('path_traversal', printable(name), 'not a plain relative path');
  if (entry.encrypted) return finding('bad_layout', 'encrypted');
  // An IDX file holds a whole split; it is taken apart image by image, never read into memory.
  const fileBytes = isIdxName(name) ? limits.totalBytes : limits.fileBytes;
  if (uncompressedSize > fileBytes) return finding('too_large', `${uncompressedSize} bytes, more than ${fileBytes}`);
  if (uncompressedSize > limits.ratioFromBytes && uncompressedSize > limits.ratio * compressedSize) {
    return finding('zip_bomb', `${compressedSize} bytes claim to hold ${uncompressedSize}`);
  }
  return undefined;
};

/** Faults of all files together. `archiveBytes` is the size of the zip itself. */
export const checkTotals = (
  entries: readonly ArchiveEntry[],
  archiveBytes: number,
  limits: DatasetLimits,
): DatasetFinding[] => {
  const findings: DatasetFinding[] = [];
  const unpacked = entries.reduce((sum, entry) => sum + entry.uncompressedSize, 0);
  const packed = entries.reduce((sum, entry) => sum + entry.compressedSize, 0);
  const bomb = (detail: string) => fault('zip_bomb', '', detail);
  if (unpacked > limits.totalBytes) findings.push(bomb(`unpacks to ${unpacked} bytes, more than ${limits.totalBytes}`));
  // Entries that share their bytes let a small file claim any number of large ones.
  if (packed > archiveBytes) findings.push(bomb('the files overlap inside the archive'));
  return [...findings, ...duplicates(entries)];
};

const duplicates = (entries: readonly ArchiveEntry[]): DatasetFinding[] => {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { name } of entries) (seen.has(name) ? repeated : seen).add(name);
  return [...repeated].map((file) => fault('duplicate', file, 'appears more than once'));
};

const CONTROL = /\p{Cc}/u;

const isSafePath = (name: string): boolean =>
  name !== '' &&
  !CONTROL.test(name) &&
  !name.includes('\\') &&
  !name.startsWith('/') &&
  !/^[A-Za-z]:/.test(name) &&
  !name.split('/').some((part) => part === '..' || part === '.');

/** A name made safe to store and show. */
const printable = (name: string): string => name.replace(/\p{Cc}/gu, '\uFFFD').slice(0, 200);
