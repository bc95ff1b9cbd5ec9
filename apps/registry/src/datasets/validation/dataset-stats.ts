import type { ClassCount, DatasetStats } from '@kernelcast/contracts';
import type { FindingCounts } from './findings.js';
import type { ImageFacts } from './inspect-image.js';

/** Sizes that are listed; photo collections have thousands. */
const COMMON_SIZES = 10;

/** Gathers what is told of a dataset's images. */
export class StatsCollector {
  private readonly widths: number[] = [];
  private readonly heights: number[] = [];
  private readonly bytes: number[] = [];
  private readonly sizes = new Map<string, number>();
  private readonly formats = new Map<string, number>();

  add({ width, height, format }: ImageFacts, bytes: number): void {
    this.widths.push(width);
    this.heights.push(height);
    this.bytes.push(bytes);
    increment(this.sizes, `${width} ${height}`);
    increment(this.formats, format);
  }

  finish(classes: readonly ClassCount[], findings: FindingCounts): DatasetStats {
    const sum = (part: 'train' | 'test') => classes.reduce((total, entry) => total + entry[part], 0);
    const splits = { train: sum('train'), test: sum('test') };
    const images = splits.train + splits.test;
    return {
      images,
      splits,
      classes: classes.map((entry) => ({ ...entry, share: images === 0 ? 0 : (entry.train + entry.test) / images })),
      balance: balanceOf(classes),
      width: rangeOf(this.widths),
      height: rangeOf(this.heights),
      bytes: rangeOf(this.bytes),
      sizes: commonest(this.sizes),
      formats: Object.fromEntries(this.formats),
      findings,
    };
  }
}

const increment = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

const balanceOf = (classes: readonly ClassCount[]): DatasetStats['balance'] => {
  if (classes.length === 0) return null;
  const counts = classes.map(({ train, test }) => train + test);
  const [smallest, largest] = [Math.min(...counts), Math.max(...counts)];
  return { smallest, largest, ratio: largest / smallest };
};

/** The median of an even number is the lower one of the two in the middle: a value that occurs. */
const rangeOf = (values: readonly number[]): DatasetStats['width'] => {
  const sorted = Float64Array.from(values).sort();
  const [min, median, max] = [sorted[0], sorted[(sorted.length - 1) >> 1], sorted.at(-1)];
  return min === undefined || median === undefined || max === undefined ? null : { min, median, max };
};

const commonest = (sizes: ReadonlyMap<string, number>): DatasetStats['sizes'] =>
  [...sizes]
    .sort(([, a], [, b]) => b - a)
    .slice(0, COMMON_SIZES)
    .map(([size, images]) => {
      const [width = 0, height = 0] = size.split(' ').map(Number);
      return { width, height, images };
    });
