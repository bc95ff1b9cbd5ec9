import type { Digest } from '@kernelcast/artifact';
import type { TaskNetwork } from './task-network.js';

/** Folded networks in memory, the least recently used given up first when they exceed their bytes. */
export class NetworkCache {
  /** In the order of use, latest last. */
  private readonly networks = new Map<Digest, TaskNetwork>();

  /** @param maxBytes for weights; the network in use stays even when it alone takes more */
  constructor(private readonly maxBytes: number) {}

  get bytes(): number {
    return [...this.networks.values()].reduce((sum, network) => sum + network.bytes, 0);
  }

  get(digest: Digest): TaskNetwork | undefined {
    const network = this.networks.get(digest);
    if (network === undefined) return undefined;
    this.networks.delete(digest);
    this.networks.set(digest, network);
    return network;
  }

  /** Takes over a network and disposes what no longer has room. */
  put(network: TaskNetwork): void {
    this.remove(network.digest);
    this.networks.set(network.digest, network);
    for (const digest of this.networks.keys()) {
      if (this.bytes <= this.maxBytes || digest === network.digest) return;
      this.remove(digest);
    }
  }

  /** Disposes all networks but those of these digests. */
  retain(digests: ReadonlySet<Digest>): void {
    for (const digest of this.networks.keys()) if (!digests.has(digest)) this.remove(digest);
  }

  private remove(digest: Digest): void {
    this.networks.get(digest)?.runner.dispose();
    this.networks.delete(digest);
  }

  dispose(): void {
    this.retain(new Set());
  }
}
