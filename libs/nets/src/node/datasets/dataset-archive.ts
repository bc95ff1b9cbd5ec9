import { layOut } from './dataset-layout.js';
import type { PlacedImage } from './dataset-layout.js';
import type { DATASET_LIMITS } from './dataset-limits.js';
import { DatasetError } from './dataset.error.js';
import { openZip } from './zip-archive.js';
import type { ZipArchive } from './zip-archive.js';

/** The images of one split, not decoded yet. */
export interface SplitFiles {
  readonly names: readonly string[];
  /** Index into the dataset's labels, per image. */
  readonly labels: Uint16Array;
}

/** An open archive whose layout and limits are checked. */
export interface DatasetArchive {
  readonly zip: ZipArchive;
  readonly labels: readonly string[];
  readonly train: SplitFiles;
  readonly test: SplitFiles;
}

/** @throws {DatasetError} naming the fault; the archive is then closed again. */
export async function openDatasetArchive(path: string, limits: typeof DATASET_LIMITS): Promise<DatasetArchive> {
  const zip = await openZip(path, limits);
  try {
    const { labels, images } = layOut(zip.members.map((member) => member.name));
    if (labels.length > limits.classes) throw new DatasetError(`${labels.length} classes, more than ${limits.classes}`);
    const long = labels.find((label) => label.length > limits.labelCharacters);
    if (long !== undefined)
      throw new DatasetError(`class name of more than ${limits.labelCharacters} characters`, long);
    const indexOf = new Map(labels.map((label, index) => [label, index]));
    const split = (wanted: PlacedImage['split']): SplitFiles => {
      const placed = images.filter((image) => image.split === wanted);
      return {
        names: placed.map((image) => image.name),
        labels: Uint16Array.from(placed, (image) => indexOf.get(image.label) ?? 0),
      };
    };
    return { zip, labels, train: split('train'), test: split('test') };
  } catch (error) {
    zip.close();
    throw error;
  }
}
