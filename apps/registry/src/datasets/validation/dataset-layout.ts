import type { ClassCount, DatasetFinding } from '@kernelcast/contracts';
import type { DatasetLimits } from '../dataset-limits.js';
import { fault } from './findings.js';

/** A class of fewer images cannot be told from noise, and one of them must be held out. */
const MIN_CLASS_IMAGES = 2;
const MIN_CLASSES = 2;
/** Share of each class that trainers hold out when the archive does not say which. */
const TEST_SHARE = 0.2;
const IMAGE_NAME = /\.(png|jpe?g)$/i;
/** What operating systems leave in archives; trainers ignore it too. */
const LITTER = /(^|\/)(__MACOSX\/|\._|\.DS_Store$|Thumbs\.db$)/;

export interface DatasetLayout {
  readonly classes: ClassCount[];
  /** In order of their names. */
  readonly images: PlacedImage[];
  readonly findings: DatasetFinding[];
}

/** Where an image belongs; `split` is null where trainers choose what to hold out. */
export interface PlacedImage {
  readonly name: string;
  readonly label: string;
  readonly split: 'train' | 'test' | null;
}

/** Whether an archive's file is none of the dataset. */
export const isLitter = (name: string): boolean => LITTER.test(name);

/**
 * Sorts an archive's files into classes: `train/<class>/<image>` with `test/<class>/<image>`, or only
 * `<class>/<image>`, of which a fifth of each class will be held out.
 *
 * @param names paths of the files, without litter
 * @returns classes in order of their labels, and what breaks the layout
 */
export const layOut = (names: readonly string[], limits: DatasetLimits): DatasetLayout => {
  const split = names.some((name) => /^(train|test)\/[^/]+\/[^/]+$/.test(name));
  const findings: DatasetFinding[] = [];
  const counts = new Map<string, ClassCount>();
  const images: PlacedImage[] = [];
  for (const name of [...names].sort(byCodeUnit)) {
    const place = placeOf(name, split);
    if (place === undefined) findings.push(outside(name, split));
    else if (!IMAGE_NAME.test(name)) findings.push(notAnImage(name));
    else {
      count(counts, place);
      images.push({ name, label: place.label, split: split ? place.part : null });
    }
  }
  const classes = [...counts.values()].sort((a, b) => (a.label < b.label ? -1 : 1));
  if (!split) classes.forEach(holdOut);
  return { classes, images, findings: [...findings, ...classFindings(classes, limits)] };
};

/** Unlike a locale's order, the same on every machine. */
const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

interface Place {
  readonly label: string;
  readonly part: 'train' | 'test';
}

const placeOf = (name: string, split: boolean): Place | undefined => {
  const parts = name.split('/');
  if (parts.length !== (split ? 3 : 2) || parts.some((part) => part === '')) return undefined;
  const [first = '', second = ''] = parts;
  if (!split) return { label: first, part: 'train' };
  return first === 'train' || first === 'test' ? { label: second, part: first } : undefined;
};

const count = (counts: Map<string, ClassCount>, { label, part }: Place): void => {
  const entry = counts.get(label) ?? { label, train: 0, test: 0 };
  entry[part] += 1;
  counts.set(label, entry);
};

const holdOut = (entry: ClassCount): void => {
  entry.test = entry.train < MIN_CLASS_IMAGES ? 0 : Math.max(1, Math.round(entry.train * TEST_SHARE));
  entry.train -= entry.test;
};

const classFindings = (classes: readonly ClassCount[], limits: DatasetLimits): DatasetFinding[] => {
  const whole = (detail: string) => fault('bad_layout', '', detail);
  const findings = classes.flatMap((entry) => findingsOf(entry, limits));
  if (classes.length < MIN_CLASSES) findings.push(whole(`images of ${classes.length} classes; at least 2 are needed`));
  if (classes.length > limits.classes) findings.push(whole(`${classes.length} classes, more than ${limits.classes}`));
  if (classes.length > 0 && classes.every(({ test }) => test === 0)) findings.push(whole('no images to test with'));
  return findings;
};

const findingsOf = ({ label, train, test }: ClassCount, limits: DatasetLimits): DatasetFinding[] => {
  const finding = (code: DatasetFinding['code'], detail: string) => [fault(code, label, detail)];
  if (label.length > limits.labelCharacters) {
    return finding('bad_layout', `a class name of ${label.length} characters, more than ${limits.labelCharacters}`);
  }
  if (train === 0 && test > 0) return finding('bad_layout', 'the class has no training images');
  if (train + test < MIN_CLASS_IMAGES) {
    return finding('class_too_small', `${train + test} image, at least ${MIN_CLASS_IMAGES} are needed`);
  }
  return [];
};

const outside = (file: string, split: boolean): DatasetFinding =>
  fault('bad_layout', file, `lies outside ${split ? 'train/<class>/ and test/<class>/' : '<class>/'}`);

const notAnImage = (file: string): DatasetFinding =>
  fault('not_an_image', file, 'the name must end in .png, .jpg or .jpeg');
