import type { DatasetFinding } from '@kernelcast/contracts';
import { fault } from '../findings.js';

/** `train-images-idx3-ubyte` and its kin as MNIST, Fashion-MNIST, KMNIST and EMNIST are handed out, packed or not. */
const IDX_NAME = /(?:^|[/_-])(train|test|t10k)-(images|labels)[.-]idx[13]-ubyte(\.gz)?$/;

type Split = 'train' | 'test';

/** Names of the two files that hold a split. */
export interface IdxPair {
  readonly split: Split;
  readonly images: string;
  readonly labels: string;
}

/** Whether a file is one of the IDX files of a dataset, by its name. */
export const isIdxName = (name: string): boolean => IDX_NAME.test(name);

/** Whether a file is packed by gzip inside the archive. */
export const isPacked = (name: string): boolean => name.endsWith('.gz');

/**
 * Pairs the IDX files of an archive.
 * @param names files of the archive, without litter
 * @returns undefined when the archive has no IDX files at all
 */
export const pairIdxFiles = (
  names: readonly string[],
): { pairs: IdxPair[]; findings: DatasetFinding[] } | undefined => {
  if (!names.some(isIdxName)) return undefined;
  const findings: DatasetFinding[] = [];
  const found: Record<Split, { images?: string; labels?: string }> = { train: {}, test: {} };
  for (const name of names) {
    const [, given, kind] = IDX_NAME.exec(name) ?? [];
    if (kind !== 'images' && kind !== 'labels') findings.push(fault('bad_layout', name, 'lies beside IDX files'));
    else {
      const split = given === 'train' ? 'train' : 'test';
      if (found[split][kind] !== undefined)
        findings.push(fault('bad_layout', name, `a second file of ${split} ${kind}`));
      found[split][kind] = name;
    }
  }
  const pairs = (['train', 'test'] as const).flatMap((split) => {
    const { images, labels } = found[split];
    if (images !== undefined && labels !== undefined) return [{ split, images, labels }];
    const alone = images ?? labels;
    if (alone !== undefined) findings.push(fault('bad_layout', alone, 'images and labels must come in pairs'));
    return [];
  });
  return { pairs, findings };
};
