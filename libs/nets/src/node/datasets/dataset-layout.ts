import { createHash } from 'node:crypto';
import { DatasetError } from './dataset.error.js';

/** Where an image belongs. */
export interface PlacedImage {
  readonly name: string;
  readonly label: string;
  readonly split: 'train' | 'test';
}

export interface DatasetLayout {
  readonly labels: readonly string[];
  /** In order of their names. */
  readonly images: readonly PlacedImage[];
}

/** Share of each class that is held out when the archive does not say which. */
const TEST_SHARE = 0.2;
const IMAGE_NAME = /\.(png|jpe?g)$/i;
/** What operating systems leave in archives. */
const LITTER = /(^|\/)(__MACOSX\/|\._)/;

/**
 * Finds classes and splits in the names of an archive's files: `train/<class>/*` with `test/<class>/*`, or only
 * `<class>/*`, of which a fifth of each class is then held out, chosen by the hash of the names, so the same
 * archive always splits alike. Files that are not PNG or JPEG by their name are ignored.
 * @throws {DatasetError} on images outside the layout, a single class, a split without images, or test classes
 * that were not trained.
 */
export function layOut(names: readonly string[]): DatasetLayout {
  const paths = names.filter((name) => IMAGE_NAME.test(name) && !LITTER.test(name)).sort(byCodeUnit);
  if (paths.length === 0) throw new DatasetError('holds no PNG or JPEG images');
  const images = paths.some(isSplit) ? paths.map(placeSplit) : splitByHash(paths);
  const trained = new Set(images.filter((image) => image.split === 'train').map((image) => image.label));
  const stranger = images.find((image) => !trained.has(image.label));
  if (stranger) throw new DatasetError(`class '${stranger.label}' has no training images`, stranger.name);
  if (trained.size < 2) throw new DatasetError('needs images of at least two classes');
  if (!images.some((image) => image.split === 'test')) throw new DatasetError('holds no test images');
  return { labels: [...trained].sort(byCodeUnit), images };
}

/** Unlike a locale's order, the same on every machine. */
function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function isSplit(path: string): boolean {
  return /^(train|test)\/[^/]+\/[^/]+$/.test(path);
}

function placeSplit(name: string): PlacedImage {
  const [split, label] = name.split('/');
  if (!isSplit(name) || label === undefined) throw outside(name, 'train/<class>/ or test/<class>/');
  return { name, label, split: split === 'train' ? 'train' : 'test' };
}

function splitByHash(paths: readonly string[]): PlacedImage[] {
  const byLabel = new Map<string, string[]>();
  for (const path of paths) {
    const [label, file, ...deeper] = path.split('/');
    if (label === undefined || file === undefined || deeper.length > 0) throw outside(path, '<class>/');
    const siblings = byLabel.get(label);
    if (siblings) siblings.push(path);
    else byLabel.set(label, [path]);
  }
  const held = new Set([...byLabel.values()].flatMap(heldOut));
  return paths.map((name) => ({
    name,
    label: name.slice(0, name.indexOf('/')),
    split: held.has(name) ? 'test' : 'train',
  }));
}

/** A class of one image keeps it for training; any larger one holds out at least one. */
function heldOut(paths: readonly string[]): string[] {
  const count = paths.length < 2 ? 0 : Math.max(1, Math.round(paths.length * TEST_SHARE));
  return paths
    .map((path) => ({ path, hash: createHash('sha256').update(path).digest('hex') }))
    .sort((a, b) => byCodeUnit(a.hash, b.hash))
    .slice(0, count)
    .map(({ path }) => path);
}

function outside(name: string, expected: string): DatasetError {
  return new DatasetError(`lies outside ${expected}`, name);
}
