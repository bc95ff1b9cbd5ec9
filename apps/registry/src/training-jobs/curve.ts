import type { JobMetric } from '@kernelcast/contracts';

/**
 * Points that the database hands over for each one that is kept. Picking from the extremes of twice as many buckets is
 * as good to the eye as picking from all (MinMaxLTTB: Van Der Donckt et al., "Leveraging MinMax-Preselection to Scale
 * LTTB", 2023), and the memory it takes does not grow with the run.
 */
export const PRESELECTION = 4;

/**
 * Thins a curve by largest triangles in three buckets (Steinarsson, "Downsampling Time Series for Visual
 * Representation", 2013): of each bucket stays the point that spans the largest triangle with the point kept before it
 * and the mean of the bucket after it. First and last point stay.
 *
 * @param points by rising step
 * @param limit points to keep, at least 2
 */
export const thinCurve = (points: readonly JobMetric[], limit: number): JobMetric[] => {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last || points.length <= limit) return [...points];
  const buckets = limit - 2;
  const inner = points.slice(1, -1);
  const bucketAt = (i: number): readonly JobMetric[] => {
    if (i === buckets) return [last];
    return inner.slice(Math.floor((i * inner.length) / buckets), Math.floor(((i + 1) * inner.length) / buckets));
  };
  const kept = [first];
  let previous = first;
  for (let i = 0; i < buckets; i++) {
    previous = farthest(bucketAt(i), previous, meanOf(bucketAt(i + 1)));
    kept.push(previous);
  }
  return [...kept, last];
};

interface Place {
  readonly step: number;
  readonly loss: number;
}

/** A point without a loss counts as one at the bottom. */
const placeOf = ({ step, loss }: JobMetric): Place => ({ step, loss: loss ?? 0 });

const meanOf = (points: readonly JobMetric[]): Place => {
  const places = points.map(placeOf);
  const mean = (of: (place: Place) => number): number =>
    places.reduce((sum, place) => sum + of(place), 0) / places.length;
  return { step: mean(({ step }) => step), loss: mean(({ loss }) => loss) };
};

const farthest = (bucket: readonly JobMetric[], before: JobMetric, after: Place): JobMetric => {
  const a = placeOf(before);
  let best = before;
  let largest = -1;
  for (const point of bucket) {
    const b = placeOf(point);
    // Twice the area of the triangle.
    const area = Math.abs((a.step - after.step) * (b.loss - a.loss) - (a.step - b.step) * (after.loss - a.loss));
    if (area > largest) [best, largest] = [point, area];
  }
  return best;
};
