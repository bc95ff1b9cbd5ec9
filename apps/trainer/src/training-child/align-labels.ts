import type { Images } from '@kernelcast/nets/node';

/** Task and dataset do not name the same classes. */
export class LabelsMismatchError extends Error {
  readonly code = 'labels_mismatch';

  constructor(missing: readonly string[], surplus: readonly string[]) {
    const parts = [
      ...(missing.length > 0 ? [`the dataset has no class ${quoted(missing)}`] : []),
      ...(surplus.length > 0 ? [`the task has no label ${quoted(surplus)}`] : []),
    ];
    super(`Task and dataset differ: ${parts.join('; ')}`);
    this.name = 'LabelsMismatchError';
  }
}

/** A dataset whose images are all in one kind of place. */
interface LabelledSplits<Set extends Images> {
  readonly labels: readonly string[];
  readonly train: Set;
  readonly test: Set;
}

const SHOWN = 5;
const quoted = (labels: readonly string[]): string =>
  labels
    .slice(0, SHOWN)
    .map((label) => `'${label}'`)
    .join(', ') + (labels.length > SHOWN ? ` and ${labels.length - SHOWN} more` : '');

/**
 * Renumbers a dataset's classes, which come sorted by name, in the order of the task's labels: index = logit.
 * The images are shared with the argument.
 * @throws {LabelsMismatchError} unless both name the same classes.
 */
export function alignLabels<Set extends Images>(
  dataset: LabelledSplits<Set>,
  labels: readonly string[],
): LabelledSplits<Set> {
  const indexOf = new Map(labels.map((label, index) => [label, index]));
  const present = new Set(dataset.labels);
  const missing = labels.filter((label) => !present.has(label));
  const surplus = dataset.labels.filter((label) => !indexOf.has(label));
  if (missing.length > 0 || surplus.length > 0) throw new LabelsMismatchError(missing, surplus);
  const renumbered = dataset.labels.map((label) => indexOf.get(label) ?? 0);
  const align = (set: Set): Set => ({ ...set, labels: set.labels.map((label) => renumbered[label] ?? 0) });
  return { labels, train: align(dataset.train), test: align(dataset.test) };
}
