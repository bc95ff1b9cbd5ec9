import type { Digest } from '@kernelcast/artifact';

/** What happens on a device, as it happens. */
export type DeviceEvent =
  | { readonly type: 'unchanged'; readonly pollAfterSeconds: number }
  | { readonly type: 'accepted'; readonly version: number; readonly slots: number; readonly bytes: number }
  | { readonly type: 'refused'; readonly code: string; readonly detail: string }
  | { readonly type: 'downloading'; readonly slot: string; readonly received: number; readonly size: number }
  | {
      readonly type: 'fetched';
      readonly slot: string;
      readonly digest: Digest;
      readonly via: 'delta' | 'full';
      /** Received for it, now, refused deltas included. */
      readonly bytes: number;
    }
  | {
      readonly type: 'deltaRefused';
      readonly slot: string;
      /** Of the delta. */
      readonly digest: Digest;
      readonly code: string;
      readonly detail: string;
    }
  | { readonly type: 'verified'; readonly slot: string; readonly digest: Digest }
  | {
      readonly type: 'active';
      readonly slot: string;
      readonly task: string;
      readonly version: number;
      readonly digest: Digest;
      readonly downloadedBytes: number;
      readonly swapMs: number;
    }
  | { readonly type: 'failed'; readonly slot: string; readonly code: string; readonly detail: string }
  | { readonly type: 'reverted'; readonly slot: string; readonly code: string; readonly detail: string }
  | { readonly type: 'removed'; readonly slot: string }
  | { readonly type: 'switched'; readonly task: string; readonly swapMs: number }
  | { readonly type: 'reportsDelayed'; readonly code: string; readonly detail: string; readonly pending: number }
  | { readonly type: 'pollFailed'; readonly code: string; readonly detail: string; readonly retryInSeconds: number };

export type DeviceListener = (event: DeviceEvent) => void;

/**
 * `active`: runs what the manifest names. `pending`: about to be fetched. `failed`: could not be activated; a version
 * from before, if there is one, keeps running.
 */
export type SlotPhase = 'active' | 'pending' | 'failed';

export interface SlotStatus {
  readonly slot: string;
  readonly task: string;
  /** Of the version that runs; of the one to come when none does. */
  readonly version: number;
  readonly digest: Digest;
  readonly size: number;
  readonly phase: SlotPhase;
  /** Bytes received for the version: its blob, and its share of the manifest that announced it. */
  readonly downloadedBytes: number;
  /** Folding and switching, milliseconds; null before the first activation. */
  readonly swapMs: number | null;
  /** Why the version that the manifest names does not run. */
  readonly failure: { readonly code: string; readonly detail: string; readonly retryAt: string } | null;
}

export interface DeviceStatus {
  readonly deviceId: string;
  readonly server: string;
  /** Of the manifest accepted last; null before the first. */
  readonly manifestVersion: number | null;
  readonly pendingReports: number;
  readonly slots: readonly SlotStatus[];
}

/** A manifest and blobs that came by hand; nothing of it is believed before it is verified. */
export interface OfflineBundle {
  /** JSON of the flattened JWS, as a poll would have brought it. */
  readonly manifest: Uint8Array;
  /** @throws DeviceError or ServerError when the bundle has no such blob */
  openBlob(digest: Digest, offset: number): Promise<Response>;
}

export interface PollOptions {
  /** Seconds the server may hold the request until something changes; 0 asks for an answer at once. */
  readonly waitSeconds?: number;
  readonly signal?: AbortSignal;
}

export interface PollResult {
  readonly outcome: 'unchanged' | 'accepted' | 'refused';
  /** Why the manifest was refused. */
  readonly refusal?: { readonly code: string; readonly detail: string };
  /** Seconds after which to poll again; 0 when the server held the request for as long as it was allowed to. */
  readonly pollAfterSeconds: number;
  /** Every slot of the manifest and whether it runs what it should. */
  readonly status: DeviceStatus;
}

/** What came of an offline bundle. */
export type ImportResult = Omit<PollResult, 'pollAfterSeconds'>;
