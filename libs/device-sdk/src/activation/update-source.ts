import {
  applyDelta,
  ArtifactError,
  DELTA_ENCODING,
  DeltaError,
  digestOf,
  MAX_MODULATOR_BYTES,
} from '@kernelcast/artifact';
import type { Digest } from '@kernelcast/artifact';
import type { ManifestSlot } from '@kernelcast/contracts';
import { downloadBlob } from '../client/download.js';
import type { Downloader } from '../client/download.js';
import { describeError, DeviceError, ServerError } from '../device.errors.js';
import type { DeviceListener } from '../device.types.js';
import { addReport } from '../reports/report-outbox.js';
import type { StateKeeper } from '../state/state-keeper.js';

type Delta = ManifestSlot['deltas'][number];

export interface UpdateSourceOptions {
  readonly downloader: Downloader;
  readonly keeper: StateKeeper;
  /** Bytes that one version may cost on the line; unlimited without it. */
  readonly maxBytesPerUpdate?: number | undefined;
  readonly now: () => Date;
  readonly emit: DeviceListener;
}

/** Where a version's bytes come from: those at hand, as after a roll-back, a delta of a version at hand, or all of them. */
export class UpdateSource {
  constructor(private readonly options: UpdateSourceOptions) {}

  /**
   * Brings a version into the store and gives back its verified bytes.
   * @throws DeviceError `budget_exceeded` before bytes are asked for that the budget does not hold; what downloading throws
   */
  async obtain(slot: ManifestSlot, signal?: AbortSignal): Promise<{ bytes: Uint8Array; downloadMs: number }> {
    const { keeper, now, emit } = this.options;
    const { digest, size } = slot;
    // Before anything is fetched: a size nobody can mean must not fill disk and memory.
    if (size > MAX_MODULATOR_BYTES) throw new ArtifactError(`${size} bytes exceed the limit of ${MAX_MODULATOR_BYTES}`);
    const held = await this.verified(digest);
    if (held !== undefined) return { bytes: held, downloadMs: 0 };
    await keeper.note((draft) => addReport(draft, { slot: slot.slot, digest, phase: 'downloading' }, now()));
    const start = performance.now();
    const transfer = new Transfer(this.options, slot, signal);
    try {
      const { bytes, via } = await this.fetch(slot, transfer);
      emit({ type: 'fetched', slot: slot.slot, digest, via, bytes: transfer.received });
      return { bytes, downloadMs: performance.now() - start };
    } finally {
      await keeper.note((draft) => {
        const { manifest = 0, blob = 0 } = draft.received[digest] ?? {};
        // A process that was killed has left bytes, but no note of them.
        draft.received[digest] = { manifest, blob: Math.max(blob, transfer.resumed) + transfer.received };
      });
    }
  }

  private async fetch(slot: ManifestSlot, transfer: Transfer): Promise<{ bytes: Uint8Array; via: 'delta' | 'full' }> {
    const found = await this.findDelta(slot);
    if (found !== undefined) {
      try {
        return { bytes: await this.byDelta(slot, found, transfer), via: 'delta' };
      } catch (error) {
        if (!isFaultOfDelta(error)) throw error;
        const { code, detail } = describeError(error);
        this.options.emit({ type: 'deltaRefused', slot: slot.slot, digest: found.delta.digest, code, detail });
      }
    }
    return { bytes: await transfer.get(slot.digest, slot.size), via: 'full' };
  }

  /** The smallest delta of which the device holds the old version, when it saves anything. */
  private async findDelta({ deltas, size }: ManifestSlot): Promise<{ delta: Delta; before: Uint8Array } | undefined> {
    const usable = deltas.filter(({ encoding, size: own }) => encoding === DELTA_ENCODING && own < size);
    for (const delta of usable.sort((a, b) => a.size - b.size)) {
      const before = await this.verified(delta.from);
      if (before !== undefined) return { delta, before };
    }
    return undefined;
  }

  private async byDelta(
    { digest, size }: ManifestSlot,
    { delta, before }: { delta: Delta; before: Uint8Array },
    transfer: Transfer,
  ): Promise<Uint8Array> {
    const { store } = this.options.downloader;
    try {
      const bytes = applyDelta(before, await transfer.get(delta.digest, delta.size), { from: delta.from, to: digest });
      if (bytes.byteLength !== size || (await digestOf(bytes)) !== digest) {
        throw new DeltaError('delta_invalid', `what it makes is not ${digest}`);
      }
      await keep(store, digest, bytes);
      return bytes;
    } finally {
      await store.removeBlob(delta.digest).catch(() => undefined);
    }
  }

  /** A blob as it was when it was stored; one that is damaged is dropped. */
  private async verified(digest: Digest): Promise<Uint8Array | undefined> {
    const { store } = this.options.downloader;
    const held = await store.readBlob(digest);
    if (held === undefined || (await digestOf(held)) === digest) return held;
    await store.removeBlob(digest);
    return undefined;
  }
}

/** Makes verified bytes the blob of their digest; what an earlier download of it has left is of no use any more. */
async function keep(store: Downloader['store'], digest: Digest, bytes: Uint8Array): Promise<void> {
  const partial = await store.openPartial(digest);
  try {
    if (partial.size > 0) await partial.truncate();
    await partial.append(bytes);
    await partial.commit();
  } finally {
    await partial.close().catch(() => undefined);
  }
}

/** Whether the whole file may do better: not when it is the line, the disk, the budget or the caller that ended it. */
function isFaultOfDelta(error: unknown): boolean {
  if (error instanceof DeltaError || error instanceof ArtifactError) return true;
  if (error instanceof ServerError) return !error.retryable;
  return error instanceof DeviceError && error.code === 'blob_tampered';
}

/** What one version costs on the line, whichever way it comes. */
class Transfer {
  received = 0;
  resumed = 0;

  constructor(
    private readonly options: UpdateSourceOptions,
    private readonly slot: ManifestSlot,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** @throws DeviceError `budget_exceeded` when the blob and what was spent do not fit the budget */
  async get(digest: Digest, size: number): Promise<Uint8Array> {
    const { downloader, maxBytesPerUpdate = Infinity, emit } = this.options;
    const { slot } = this.slot;
    if (this.received + size > maxBytesPerUpdate) {
      const detail = `${size} bytes after ${this.received} exceed the ${maxBytesPerUpdate} that an update may cost`;
      throw new DeviceError('budget_exceeded', detail);
    }
    const spent = this.received;
    let left = 0;
    const onResumed = (bytes: number): void => {
      left = bytes;
      this.resumed = Math.max(this.resumed, bytes);
    };
    const onReceived = (bytes: number): void => {
      this.received += bytes;
      emit({ type: 'downloading', slot, received: left + this.received - spent, size });
    };
    const request = { digest, size, onResumed, onReceived, ...(this.signal && { signal: this.signal }) };
    return downloadBlob(downloader, request).catch(async (error: unknown) => {
      if (!(await this.giveUpRetired(error))) throw error;
      return downloadBlob(downloader, request);
    });
  }

  /** On a full disk what is kept in case gives way to what is wanted. @returns whether there is room now */
  private async giveUpRetired(error: unknown): Promise<boolean> {
    const { keeper, downloader } = this.options;
    const { retired } = keeper.state;
    if (!(error instanceof DeviceError) || error.code !== 'disk_full' || retired.length === 0) return false;
    for (const { digest } of retired) await downloader.store.removeBlob(digest).catch(() => undefined);
    await keeper.note((draft) => (draft.retired = []));
    return true;
  }
}
