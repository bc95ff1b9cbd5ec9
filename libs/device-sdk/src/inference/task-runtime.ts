import type { Digest, ModulatorArtifact } from '@kernelcast/artifact';
import type { TrustRoot } from '@kernelcast/contracts';
import type { BaseNetwork } from '@kernelcast/nets';
import { verifyModulator } from '../activation/verify-modulator.js';
import type { ModulatorClaims } from '../activation/verify-modulator.js';
import type { EngineBase, InferenceEngine } from './inference-engine.js';
import { NetworkCache } from './network-cache.js';
import { buildNetwork, checkGolden } from './task-network.js';
import type { SelfTest, TaskNetwork } from './task-network.js';

/** About a dozen networks of a million parameters, beside the base. */
export const DEFAULT_MAX_RESIDENT_BYTES = 64 * 2 ** 20;

export interface RuntimeOptions {
  readonly base: BaseNetwork;
  /** What the device trusts now. */
  readonly trustRoot: () => TrustRoot;
  readonly maxResidentBytes?: number;
  readonly engine: InferenceEngine;
}

/** A verified network that is not in use yet: give it to `keep`, or dispose its runner. */
export interface PreparedNetwork {
  readonly artifact: ModulatorArtifact;
  readonly network: TaskNetwork;
  readonly selfTest: SelfTest;
  /** Milliseconds. */
  readonly durations: { readonly verify: number; readonly fold: number; readonly selfTest: number };
}

/** Several tasks on one resident base: verified modulators, and as many folded networks as memory allows. */
export class TaskRuntime {
  private readonly artifacts = new Map<Digest, ModulatorArtifact>();
  private readonly networks: NetworkCache;
  private resident: Promise<EngineBase> | undefined;

  constructor(private readonly options: RuntimeOptions) {
    this.networks = new NetworkCache(options.maxResidentBytes ?? DEFAULT_MAX_RESIDENT_BYTES);
  }

  /** Verifies bytes, folds them into a network of their own and lets it prove itself; nothing in use changes. */
  async prepare(bytes: Uint8Array, claims: ModulatorClaims): Promise<PreparedNetwork> {
    const { base, trustRoot } = this.options;
    const start = performance.now();
    const artifact = await verifyModulator(bytes, claims, trustRoot());
    const verified = performance.now();
    const network = await buildNetwork(await this.base(), claims.digest, artifact);
    const tested = performance.now();
    try {
      const selfTest = await checkGolden(base, artifact, network);
      const durations = { verify: verified - start, fold: network.swapMs, selfTest: performance.now() - tested };
      return { artifact, network, selfTest, durations };
    } catch (error) {
      network.runner.dispose();
      throw error;
    }
  }

  /** Takes over what was prepared. */
  keep({ artifact, network }: PreparedNetwork): void {
    this.artifacts.set(network.digest, artifact);
    this.networks.put(network);
  }

  /**
   * Lets the network of a digest do something: folded anew from its verified modulator when memory did not hold it.
   * Undefined when this runtime has no such modulator.
   *
   * @param use told how long folding took, milliseconds, when it was necessary; must begin its runs at once
   */
  async run<T>(digest: Digest, use: (network: TaskNetwork, foldedMs?: number) => T): Promise<T | undefined> {
    const base = await this.base();
    const folded = this.networks.get(digest);
    if (folded !== undefined) return use(folded);
    const artifact = this.artifacts.get(digest);
    if (artifact === undefined) return undefined;
    const network = await buildNetwork(base, digest, artifact);
    if (this.artifacts.get(digest) === artifact) {
      this.networks.put(network);
      return use(network, network.swapMs);
    }
    // Forgotten meanwhile: it serves this once.
    const result = use(network, network.swapMs);
    network.runner.dispose();
    return result;
  }

  /** Forgets everything but these digests. */
  retain(digests: ReadonlySet<Digest>): void {
    this.networks.retain(digests);
    for (const digest of this.artifacts.keys()) if (!digests.has(digest)) this.artifacts.delete(digest);
  }

  /** Gives back all tensors. */
  async dispose(): Promise<void> {
    this.networks.dispose();
    this.artifacts.clear();
    (await this.resident?.catch(() => undefined))?.dispose();
    this.resident = undefined;
  }

  /** The base on the engine, loaded when it is first needed. */
  private base(): Promise<EngineBase> {
    this.resident ??= this.options.engine.load(this.options.base).catch((error: unknown) => {
      // Tried anew the next time.
      this.resident = undefined;
      throw error;
    });
    return this.resident;
  }
}
