import type { AuditVerification } from '@kernelcast/contracts';
import type { TrustedKey } from '@kernelcast/trust';
import { Injectable } from '@nestjs/common';
import { chainHash, CHAIN_START } from '../changes/audit-chain.js';
import { AuditLogRepository } from './audit-log.repository.js';
import { CheckpointArchive } from './checkpoint-archive.service.js';
import { CheckpointSigning } from './checkpoint-signing.service.js';
import { CheckpointsRepository, type StoredCheckpoint } from './checkpoints.repository.js';

/** Entries in memory at a time. */
const PAGE = 1_000;

export interface ExpectedLink {
  readonly seq: number;
  readonly hash: string;
}

type Broken = NonNullable<AuditVerification['broken']>;
interface Walk {
  entries: number;
  seq: bigint;
  hash: string;
}

/** Recomputes the chain, page by page, and compares it with what was signed of it. */
@Injectable()
export class ChainVerifier {
  constructor(
    private readonly log: AuditLogRepository,
    private readonly checkpoints: CheckpointsRepository,
    private readonly archive: CheckpointArchive,
    private readonly signing: CheckpointSigning,
  ) {}

  /** @param expected an entry as a checkpoint has it that was kept elsewhere */
  async verify(expected?: ExpectedLink): Promise<AuditVerification> {
    const end = (await this.log.last())?.seq ?? 0n;
    const { walk, broken } = await this.walk(end);
    const result = { entries: walk.entries, lastSeq: Number(walk.seq), lastHash: walk.hash };
    if (broken) return { ...result, intact: false, checkpoints: 0, broken };
    const checked = await this.compare(end, expected);
    return { ...result, intact: checked.broken === null, ...checked };
  }

  private async walk(end: bigint): Promise<{ walk: Walk; broken: Broken | null }> {
    const walk: Walk = { entries: 0, seq: 0n, hash: CHAIN_START };
    for (;;) {
      const links = await this.log.nextLinks(walk.seq, end, PAGE);
      for (const { seq, hash, ...entry } of links) {
        if (chainHash(walk.hash, entry) !== hash) {
          const detail = 'Its hash is not that of what it says and of the entry before: one of them was changed';
          return { walk, broken: { seq: Number(seq), reason: 'hash_mismatch', detail } };
        }
        walk.entries += 1;
        walk.seq = seq;
        walk.hash = hash;
      }
      if (links.length < PAGE) return { walk, broken: null };
    }
  }

  /** The chain is whole in itself: is it the one that was signed? */
  private async compare(end: bigint, expected?: ExpectedLink): Promise<{ checkpoints: number; broken: Broken | null }> {
    const keys = await this.signing.trustedKeys();
    let checkpoints = 0;
    for await (const checkpoint of this.signed()) {
      const broken = (await this.check(checkpoint, keys)) ?? (await this.missing(checkpoint, end));
      if (broken) return { checkpoints, broken };
      checkpoints += 1;
    }
    return { checkpoints, broken: expected ? await this.missing(expected, end) : null };
  }

  /** Every checkpoint of the database, then the last one that was put outside of it. */
  private async *signed(): AsyncGenerator<StoredCheckpoint> {
    for (let after = 0n; ;) {
      const page = await this.checkpoints.list(after, PAGE);
      yield* page;
      if (page.length < PAGE) break;
      after = BigInt(page.at(-1)?.seq ?? 0);
    }
    const archived = await this.archive.read();
    if (archived) yield archived;
  }

  private async check(checkpoint: StoredCheckpoint, keys: readonly TrustedKey[]): Promise<Broken | null> {
    const { seq, hash, entries } = checkpoint;
    const invalid = (detail: string): Broken => ({ seq, reason: 'checkpoint_invalid', detail });
    try {
      const signed = await this.signing.verify(checkpoint.statement, keys);
      const same = signed.seq === seq && signed.hash === hash && signed.entries === entries;
      return same ? null : invalid('Its checkpoint was signed for another entry');
    } catch (error) {
      return invalid(`Its checkpoint cannot be believed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private async missing({ seq, hash }: ExpectedLink, end: bigint): Promise<Broken | null> {
    const entry = BigInt(seq) <= end ? await this.log.find(BigInt(seq)) : null;
    if (!entry)
      return { seq, reason: 'entry_missing', detail: 'A checkpoint names an entry that is not there any more' };
    if (entry.hash === hash) return null;
    return { seq, reason: 'checkpoint_mismatch', detail: 'A checkpoint knows another chain: this one was rewritten' };
  }
}
