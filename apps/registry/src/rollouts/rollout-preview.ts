import type { RolloutPreview, Wave } from '@kernelcast/contracts';

/** Devices of a group that are alike for a rollout. */
export interface PreviewRow {
  /** First wave that reaches them; null: none. */
  readonly wave: number | null;
  /** Whether they run on the base of the version. */
  readonly fits: boolean;
  /** Whether a rollout that goes before decides for them. */
  readonly taken: boolean;
  /** What they run of the task. */
  readonly digest: string | null;
  readonly devices: number;
}

export interface PreviewQuestion {
  readonly waves: readonly Wave[];
  readonly rows: readonly PreviewRow[];
  /** Of the version that is rolled out; bytes. */
  readonly version: { readonly digest: string; readonly size: number };
  /** Bits per second of each device's connection. */
  readonly bandwidth?: number | undefined;
}

const BITS_PER_BYTE = 8;
const devicesOf = (rows: readonly PreviewRow[]): number => rows.reduce((sum, { devices }) => sum + devices, 0);

/** What a rollout would do, from counts of the devices of its group. A device that runs the version already fetches nothing. */
export const previewOf = ({
  waves,
  rows,
  version,
  bandwidth,
}: PreviewQuestion): Omit<RolloutPreview, 'rolloutId' | 'conflicts'> => {
  const reached = rows.filter(({ wave, fits, taken }) => wave !== null && fits && !taken);
  const runs = ({ digest }: PreviewRow) => digest === version.digest;
  const seconds = bandwidth === undefined ? null : (version.size * BITS_PER_BYTE) / bandwidth;
  const fetching = devicesOf(reached.filter((row) => !runs(row)));
  return {
    devices: devicesOf(rows),
    lackBase: devicesOf(rows.filter(({ fits }) => !fits)),
    decidedByOthers: devicesOf(rows.filter(({ wave, fits, taken }) => wave !== null && fits && taken)),
    waves: waves.map(({ share }, i) => {
      const added = reached.filter(({ wave }) => wave === i);
      const upTo = reached.filter(({ wave }) => wave !== null && wave <= i);
      return { share, devices: devicesOf(upTo), added: devicesOf(added), haveVersion: devicesOf(added.filter(runs)) };
    }),
    bytes: { perDevice: version.size, total: fetching * version.size },
    airtimeSeconds: seconds === null ? null : { perDevice: seconds, total: fetching * seconds },
  };
};
