import path from 'node:path';
import type { ClassCount, DatasetFinding, DatasetPreview, DatasetStats } from '@kernelcast/contracts';
import { DATASET_LIMITS, MAX_FINDINGS, type DatasetLimits } from '../dataset-limits.js';
import { isLitter, layOut, type PlacedImage } from './dataset-layout.js';
import { StatsCollector } from './dataset-stats.js';
import { fault, Findings, hint } from './findings.js';
import { convertIdx } from './idx/convert-idx.js';
import { pairIdxFiles } from './idx/idx-names.js';
import { inspectImage, type ImageFacts } from './inspect-image.js';
import { findNearDuplicates } from './near-duplicates.js';
import { PreviewBuilder } from './preview.js';
import { RepeatedImages } from './repeated-images.js';
import { openZip, readEntry, type OpenZip } from './zip-file.js';

/** What validation says of an archive. It is ready for training exactly if no finding is an error. */
export interface ArchiveReport {
  readonly ready: boolean;
  /** The archive that trainers read: the given one, or the one that was made of its IDX files. */
  readonly archive: string;
  readonly classes: ClassCount[];
  readonly images: number;
  readonly findings: DatasetFinding[];
  readonly stats: DatasetStats;
  readonly preview: DatasetPreview;
}

export interface ExamineOptions {
  /** A folder of the caller's, for what has to be written. */
  readonly folder: string;
  readonly limits?: DatasetLimits;
  readonly signal?: AbortSignal;
}

/** Images that are read and decoded at once; as many as Node has threads for such work. */
const AT_ONCE = 4;
/** Pairs that are named; more of them do not tell more. */
const NEAR_DUPLICATES_LISTED = 20;
const HASH_BYTES = 32;

/**
 * Validates a zip as hostile input: first its directory (names, sizes, ratios, overlaps), then its layout, and only if
 * all of that holds every image is read and decoded in whole.
 *
 * @param file a complete local file
 * @throws whatever the signal was aborted with
 */
export const examineArchive = async (file: string, options: ExamineOptions): Promise<ArchiveReport> => {
  const { limits = DATASET_LIMITS, folder } = options;
  const opened = await openZip(file, limits);
  if (!('zip' in opened)) return refusal(file, [opened]);
  try {
    if (opened.findings.length > 0) return refusal(file, opened.findings);
    const idx = pairIdxFiles(fileNames(opened));
    if (!idx) return await examineFolders(file, opened, options);
    if (idx.findings.length > 0) return refusal(file, idx.findings);
    const target = path.join(folder, 'class-folders.zip');
    const fault = await convertIdx(opened, idx.pairs, { target, limits });
    return fault ? refusal(file, [fault]) : await examineArchive(target, options);
  } finally {
    opened.zip.close();
  }
};

const fileNames = ({ entries }: OpenZip): string[] =>
  [...entries.keys()].filter((name) => !name.endsWith('/') && !isLitter(name));

/** A report on an archive whose images were not looked at. */
const refusal = (archive: string, found: readonly DatasetFinding[], classes: ClassCount[] = []): ArchiveReport => {
  const findings = new Findings();
  findings.add(...found);
  const stats = new StatsCollector().finish(classes, findings.counts());
  return { ready: false, archive, classes, images: 0, findings: findings.list(), stats, preview: { classes: [] } };
};

const examineFolders = async (
  archive: string,
  opened: OpenZip,
  { limits = DATASET_LIMITS, signal }: ExamineOptions,
): Promise<ArchiveReport> => {
  const layout = layOut(fileNames(opened), limits);
  const { classes, images } = layout;
  if (layout.findings.length > 0) return refusal(archive, layout.findings, classes);
  const findings = new Findings();
  const work = new ContentExamination(opened, images, findings);
  await work.run(signal);
  const stats = work.stats.finish(classes, findings.counts());
  const [ready, preview] = [findings.errors === 0, work.preview.finish()];
  return { ready, archive, classes, images: images.length, findings: findings.list(), stats, preview };
};

/** Looks at every image of an archive, a few at once, in an order that gives the same findings every time. */
class ContentExamination {
  readonly stats = new StatsCollector();
  readonly preview: PreviewBuilder;
  private readonly repeated = new RepeatedImages();
  private readonly hashes: Buffer;
  /** Places in `hashes` of images that are no exact copies. */
  private readonly hashed: PlacedImage[] = [];

  constructor(
    private readonly source: OpenZip,
    private readonly images: readonly PlacedImage[],
    private readonly findings: Findings,
  ) {
    this.preview = new PreviewBuilder(images);
    this.hashes = Buffer.alloc(images.length * HASH_BYTES);
  }

  async run(signal: AbortSignal | undefined): Promise<void> {
    for (let at = 0; at < this.images.length && this.findings.errors < MAX_FINDINGS; at += AT_ONCE) {
      signal?.throwIfAborted();
      const batch = this.images.slice(at, at + AT_ONCE);
      const looked = await Promise.all(batch.map((image) => this.look(image)));
      for (const result of looked) await this.note(result);
    }
    if (this.findings.errors < MAX_FINDINGS) await this.compare();
  }

  private async look(image: PlacedImage): Promise<Looked> {
    const entry = this.source.entries.get(image.name);
    if (!entry) return { image, outcome: fault('not_a_zip', image.name, 'is not in the archive') };
    try {
      const bytes = await readEntry(this.source.zip, entry);
      return { image, bytes, outcome: await inspectImage(bytes, image.name) };
    } catch (error) {
      const detail = error instanceof Error ? error.message : 'cannot be unpacked';
      return { image, outcome: fault('not_a_zip', image.name, detail) };
    }
  }

  private async note({ image, bytes, outcome }: Looked): Promise<void> {
    if ('code' in outcome) return this.findings.add(outcome);
    if (!bytes) return;
    this.stats.add(outcome, bytes.length);
    await this.preview.add(image, bytes, outcome);
    const repetition = this.repeated.add(image, bytes);
    if (repetition) return this.findings.add(repetition);
    outcome.hash.copy(this.hashes, this.hashed.push(image) * HASH_BYTES - HASH_BYTES);
  }

  private async compare(): Promise<void> {
    const hashes = this.hashes.subarray(0, this.hashed.length * HASH_BYTES);
    for (const { image, like } of await findNearDuplicates(hashes, NEAR_DUPLICATES_LISTED)) {
      const [one, other] = [this.hashed[image], this.hashed[like]];
      if (one && other) this.findings.add(hint('near_duplicate', one.name, `looks like ${other.name}`));
    }
  }
}

interface Looked {
  readonly image: PlacedImage;
  readonly bytes?: Buffer;
  readonly outcome: ImageFacts | DatasetFinding;
}
