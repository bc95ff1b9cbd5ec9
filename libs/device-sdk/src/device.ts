import type { TrustRoot } from '@kernelcast/contracts';
import type { BaseNetwork, InputSpec } from '@kernelcast/nets';
import { TrustError } from '@kernelcast/trust';
import type { VerifiedManifest } from '@kernelcast/trust';
import { DEFAULT_MAX_DISK_BYTES } from './activation/disk-budget.js';
import { Installer } from './activation/installer.js';
import { SlotLoader } from './activation/slot-loader.js';
import { describeDevice } from './activation/slots.js';
import { sleep as realSleep } from './client/backoff.js';
import type { Sleep } from './client/backoff.js';
import { Credentials } from './client/credentials.js';
import { DeviceClient } from './client/device-client.js';
import type { BlobSource } from './client/download.js';
import type { PollAnswer } from './client/device-client.js';
import type { Fetch } from './client/http.js';
import { pollUntilAborted } from './client/poll-loop.js';
import { describeError, DeviceError } from './device.errors.js';
import type {
  DeviceEvent,
  DeviceListener,
  DeviceStatus,
  ImportResult,
  OfflineBundle,
  PollOptions,
  PollResult,
} from './device.types.js';
import { toPredictions } from './inference/predictions.js';
import type { Prediction } from './inference/predictions.js';
import type { InferenceEngine } from './inference/inference-engine.js';
import { Serving } from './inference/serving.js';
import { TaskRuntime } from './inference/task-runtime.js';
import { readEnrolment } from './enrolment.js';
import { explainExpiry } from './manifest/clock.js';
import { tfjsEngine } from './inference/tfjs-engine.js';
import { ManifestKeeper, storedManifest } from './manifest/manifest-keeper.js';
import { flushReports } from './reports/report-outbox.js';
import type { DeviceIdentity } from './state/device-state.schema.js';
import { StateKeeper } from './state/state-keeper.js';
import type { StateStore } from './state/state-store.js';

export interface DeviceOptions {
  readonly store: StateStore;
  /** The base network the device holds; never written to. */
  readonly base: BaseNetwork;
  /** Serve only: nothing is written, so that another process may be the one that polls. */
  readonly readOnly?: boolean;
  /** For folded networks beside the base; the least recently used task is folded again when it is asked for. */
  readonly maxResidentBytes?: number;
  /** For modulators on the disk: those that a slot runs or would go back to, always, and old ones as long as they fit. */
  readonly maxDiskBytes?: number;
  /** What networks run on; tfjs unless given. */
  readonly engine?: InferenceEngine;
  /**
   * Bytes that one version may cost on the line, as a delta or whole; a dearer one is not fetched but reported as
   * `budget_exceeded`. Unlimited by default.
   */
  readonly maxBytesPerUpdate?: number;
  /** Makes a tfjs backend current; the default is the best for inference. */
  readonly initBackend?: () => Promise<unknown>;
  readonly fetch?: Fetch;
  readonly now?: () => Date;
  readonly sleep?: Sleep;
  /** In [0, 1), for jitter. */
  readonly random?: () => number;
}

/** A long poll that ends this much early was still held. */
const HELD_SHARE = 0.9;

interface Parts {
  readonly identity: DeviceIdentity;
  readonly keeper: StateKeeper;
  readonly client: DeviceClient;
  readonly runtime: TaskRuntime;
}

/**
 * An enrolled device: keeps several tasks on one resident base network, serves them without a network, and follows
 * the manifests of its server.
 */
export class Device {
  private readonly listeners = new Set<DeviceListener>();
  private readonly manifests: ManifestKeeper;
  private readonly installer: Installer;
  private readonly loader: SlotLoader;
  private readonly serving: Serving;
  private mended = false;
  private polling: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly parts: Parts,
    private readonly options: Required<Pick<DeviceOptions, 'now' | 'sleep' | 'random'>> & DeviceOptions,
  ) {
    const { identity, keeper, client, runtime } = parts;
    const { store, base, now } = options;
    const emit = (event: DeviceEvent): void => this.emit(event);
    const trustRoot = trustOf(keeper, identity);
    this.manifests = new ManifestKeeper({
      keeper,
      trustRoot,
      groupId: identity.groupId,
      heldBaseDigests: [base.digest],
      now,
    });
    this.installer = this.installerFrom(client, options.maxBytesPerUpdate);
    this.loader = new SlotLoader({ store, keeper, runtime, now, emit });
    this.serving = new Serving({ keeper, runtime, loader: this.loader, emit, readOnly: options.readOnly ?? false });
  }

  /**
   * Opens an enrolled device from its store; needs no network.
   * @throws DeviceError `not_enrolled`, or `base_mismatch` for another base than it was enrolled with
   */
  static async open(given: DeviceOptions): Promise<Device> {
    const options = { now: () => new Date(), sleep: realSleep, random: Math.random, ...given };
    const { store, base, fetch = (url, init) => globalThis.fetch(url, init), now } = options;
    const { identity, key } = await readEnrolment(store);
    if (!identity.baseDigests.includes(base.digest)) {
      throw new DeviceError('base_mismatch', `enrolled with ${identity.baseDigests.join(', ')}, not ${base.digest}`);
    }
    const { server, deviceId } = identity;
    const keeper = await StateKeeper.load(store, options.readOnly ?? false);
    const credentials = new Credentials({ fetch, server, deviceId, key, store, now });
    const client = new DeviceClient({ fetch, server, credentials });
    const { maxResidentBytes, initBackend, engine = tfjsEngine(initBackend) } = options;
    const runtime = new TaskRuntime({ base, trustRoot: trustOf(keeper, identity), maxResidentBytes, engine });
    return new Device({ identity, keeper, client, runtime }, options);
  }

  get deviceId(): string {
    return this.parts.identity.deviceId;
  }

  /** Size of the images that `classify` takes. */
  get input(): InputSpec {
    return this.options.base.graph.input;
  }

  /** Listens to events until the function it returns is called. */
  onEvent(listener: DeviceListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  status(): DeviceStatus {
    const { identity, keeper } = this.parts;
    return describeDevice(identity, keeper.state, storedManifest(keeper.state));
  }

  /** Labels of a task, in the order of its logits. @throws DeviceError `task_not_active` */
  async labels(task: string): Promise<readonly string[]> {
    return this.serving.use(task, ({ labels }) => labels);
  }

  /**
   * Classifies `n` uint8 images `[n, h, w, 3]`, by the version of the task that is active now.
   *
   * @throws DeviceError `task_not_active` when no slot runs the task; what verifying threw when the store is damaged
   * @throws RangeError when the images are not whole
   */
  async classify(task: string, images: Uint8Array): Promise<Prediction[]> {
    return this.serving.use(task, async ({ runner, labels }) => toPredictions(await runner.predict(images), labels));
  }

  /**
   * Polls once, brings every slot to what the manifest says, and delivers reports. A slot that fails keeps what it
   * runs; the result says so.
   *
   * @throws ServerError or DeviceError when the server cannot be asked, or the store not be written
   * @throws TypeError for a read-only device
   */
  async poll(options: PollOptions = {}): Promise<PollResult> {
    if (this.options.readOnly) throw new TypeError('a read-only device does not poll');
    const done = this.polling.then(() => this.pollOnce(options));
    this.polling = done.catch(() => undefined);
    return done;
  }

  private async pollOnce({ waitSeconds = 0, signal }: PollOptions): Promise<PollResult> {
    if (!this.mended) await this.loader.mend();
    this.mended = true;
    const stored = await this.manifests.current();
    // What a restart interrupted goes on at once, not when the server has held the request for long enough.
    const waits = waitSeconds > 0 && !(stored && this.installer.isDue(stored.manifest));
    const asked = performance.now();
    const request = { knownDigest: stored?.digest, waitSeconds: waits ? waitSeconds : 0, signal };
    const answer = await this.parts.client.poll(request);
    const held = !waits || performance.now() - asked >= waitSeconds * 1000 * HELD_SHARE;
    const { outcome, refusal, verified } = await this.decide(answer, stored);
    if (verified) await this.installer.reconcile(verified.manifest, signal);
    await this.deliverReports(signal);
    const again = waitSeconds > 0 && (outcome === 'accepted' || (outcome === 'unchanged' && held));
    return { outcome, refusal, pollAfterSeconds: again ? 0 : answer.pollAfterSeconds, status: this.status() };
  }

  /**
   * Takes a manifest and its blobs that came by hand: judged exactly as if they had been polled, installed, and reported
   * when the server can be reached. What is not in the bundle is left to a later poll.
   *
   * @returns the outcome; `refused`, with the reason, changes nothing
   * @throws DeviceError when the store cannot be written
   * @throws TypeError for a read-only device
   */
  async importBundle(bundle: OfflineBundle, signal?: AbortSignal): Promise<ImportResult> {
    if (this.options.readOnly) throw new TypeError('a read-only device installs nothing');
    const done = this.polling.then(() => this.importOnce(bundle, signal));
    this.polling = done.catch(() => undefined);
    return done;
  }

  private async importOnce({ manifest, openBlob }: OfflineBundle, signal?: AbortSignal): Promise<ImportResult> {
    if (!this.mended) await this.loader.mend();
    this.mended = true;
    const answer = { manifest: { bytes: manifest }, pollAfterSeconds: 0 };
    const { outcome, refusal, verified } = await this.decide(answer, await this.manifests.current());
    const offline = this.installerFrom({ openBlob });
    if (verified && outcome !== 'refused') await offline.reconcile(verified.manifest, signal);
    return { outcome, refusal, status: this.status() };
  }

  private installerFrom(source: BlobSource, maxBytesPerUpdate?: number): Installer {
    const { keeper, runtime } = this.parts;
    const { store, now, sleep, random, maxDiskBytes = DEFAULT_MAX_DISK_BYTES } = this.options;
    const downloader = { source, store, sleep, random };
    const emit = (event: DeviceEvent): void => this.emit(event);
    return new Installer({ downloader, keeper, runtime, maxDiskBytes, maxBytesPerUpdate, now, emit });
  }

  private async decide(
    { manifest, pollAfterSeconds, serverTime }: PollAnswer,
    stored: VerifiedManifest | undefined,
  ): Promise<Pick<PollResult, 'outcome' | 'refusal'> & { verified?: VerifiedManifest }> {
    if (manifest === undefined) {
      this.emit({ type: 'unchanged', pollAfterSeconds });
      return { outcome: 'unchanged', verified: stored };
    }
    try {
      const verified = await this.manifests.accept(manifest.bytes);
      const { version, slots } = verified.manifest;
      this.emit({ type: 'accepted', version, slots: slots.length, bytes: manifest.bytes.byteLength });
      // A server that sends what the device has is not one that tells of changes: no reason to come back at once.
      return { outcome: verified.digest === stored?.digest ? 'unchanged' : 'accepted', verified };
    } catch (error) {
      if (!(error instanceof TrustError)) throw error;
      const explained = explainExpiry(error, { now: this.options.now(), serverTime });
      await this.manifests.refuse(manifest.bytes, explained);
      const refusal = describeError(explained);
      this.emit({ type: 'refused', ...refusal });
      return { outcome: 'refused', refusal, verified: stored };
    }
  }

  /** Late reports are no reason to poll later: they stay in the store. */
  private async deliverReports(signal?: AbortSignal): Promise<void> {
    const { keeper, client } = this.parts;
    try {
      await flushReports(keeper, (reports) => client.report(reports, signal));
    } catch (error) {
      signal?.throwIfAborted();
      const pending = keeper.state.reports.pending.length;
      this.emit({ type: 'reportsDelayed', ...describeError(error), pending });
    }
  }

  /** Polls until the signal aborts: when the server says, with backoff and full jitter while it cannot be asked. */
  run(options: PollOptions = {}): Promise<void> {
    const { sleep, random } = this.options;
    const onFailure = (event: DeviceEvent): void => this.emit(event);
    return pollUntilAborted((poll) => this.poll(poll), { ...options, sleep, random, onFailure });
  }

  /** Waits for a poll under way and gives back all tensors. */
  async close(): Promise<void> {
    await this.polling;
    await this.parts.runtime.dispose();
    this.listeners.clear();
  }

  private emit(event: DeviceEvent): void {
    for (const listener of this.listeners) {
      try {
        listener(event);
      } catch {
        // A listener's fault is not the device's: activation goes on.
      }
    }
  }
}

/** What the device trusts: what it was told last by a key that it trusted, or learnt when it enrolled. */
function trustOf(keeper: StateKeeper, identity: DeviceIdentity): () => TrustRoot {
  return () => keeper.state.trustRoot ?? identity.trustRoot;
}
