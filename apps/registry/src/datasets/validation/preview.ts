import type { DatasetPreview } from '@kernelcast/contracts';
import type { PlacedImage } from './dataset-layout.js';
import { thumbnailOf, type ImageFacts } from './inspect-image.js';

const IMAGES_PER_CLASS = 4;

/** Makes thumbnails of the first few images of each class. */
export class PreviewBuilder {
  private readonly wanted = new Map<string, string[]>();
  private readonly made = new Map<string, DatasetPreview['classes'][number]['images'][number]>();

  /** @param images in the order in which the first ones are chosen */
  constructor(images: readonly PlacedImage[]) {
    // What is trained on comes first, then what is tested with.
    const ordered = [...images].sort((a, b) => Number(a.split === 'test') - Number(b.split === 'test'));
    for (const { name, label } of ordered) {
      const names = this.wanted.get(label) ?? [];
      if (names.length === 0) this.wanted.set(label, names);
      if (names.length < IMAGES_PER_CLASS) names.push(name);
    }
  }

  async add({ name, label, split }: PlacedImage, bytes: Buffer, { width, height }: ImageFacts): Promise<void> {
    if (!this.wanted.get(label)?.includes(name)) return;
    const thumbnail = `data:image/webp;base64,${(await thumbnailOf(bytes)).toString('base64')}`;
    this.made.set(name, { file: name, split, width, height, thumbnail });
  }

  /** Classes in the order of their labels. */
  finish(): DatasetPreview {
    const labels = [...this.wanted.keys()].sort((a, b) => (a < b ? -1 : 1));
    const classes = labels.map((label) => ({
      label,
      images: (this.wanted.get(label) ?? []).flatMap((name) => this.made.get(name) ?? []),
    }));
    return { classes };
  }
}
