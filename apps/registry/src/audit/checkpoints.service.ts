import type { AuditCheckpoint } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { CONFIG, type RegistryConfig } from '../config/registry.config.js';
import { Periodic } from '../housekeeping/periodic.js';
import { AuditLogRepository } from './audit-log.repository.js';
import { CheckpointArchive } from './checkpoint-archive.service.js';
import { CheckpointSigning } from './checkpoint-signing.service.js';
import { CheckpointsRepository } from './checkpoints.repository.js';

/** Signs the end of the chain every so often. Any number of replicas may do so. */
@Injectable()
export class Checkpoints implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Checkpoints.name);
  private readonly signing: Periodic;

  constructor(
    private readonly log: AuditLogRepository,
    private readonly checkpoints: CheckpointsRepository,
    private readonly archive: CheckpointArchive,
    private readonly signer: CheckpointSigning,
    @Inject(CONFIG) { KERNELCAST_AUDIT_CHECKPOINT_SECONDS }: RegistryConfig,
  ) {
    this.signing = new Periodic({
      name: Checkpoints.name,
      intervalMs: KERNELCAST_AUDIT_CHECKPOINT_SECONDS * 1000,
      work: () => this.create(),
      onFault: 'the audit log has no newer checkpoint',
    });
  }

  onApplicationBootstrap(): void {
    // Nobody waits for a checkpoint before they are served, nor for a store that is away.
    void this.signing.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.signing.stop();
  }

  /**
   * Signs the end of the chain, unless that is signed already. Nothing is signed that contradicts the checkpoint before:
   * what was cut or rewritten must not be made good by a new signature.
   * @returns the checkpoint of the end; null when there is no entry yet
   */
  async create(): Promise<AuditCheckpoint | null> {
    const last = await this.log.last();
    const before = (await this.archive.read()) ?? (await this.checkpoints.last());
    if (!last && !before) return null;
    if (before) await this.assertContinues(before);
    if (!last) return null;
    if (before?.seq === Number(last.seq)) return before;
    const earlier = before ?? { seq: 0, entries: 0 };
    const entries = earlier.entries + (await this.log.count(BigInt(earlier.seq), last.seq));
    const claims = { seq: Number(last.seq), hash: last.hash, entries, signedAt: new Date().toISOString() };
    const checkpoint = await this.signer.sign(claims);
    await this.checkpoints.add(checkpoint);
    await this.archive.write(checkpoint);
    this.logger.log(`audit checkpoint: ${checkpoint.entries} entries, the last one is ${checkpoint.seq} ${last.hash}`);
    return checkpoint;
  }

  private async assertContinues({ seq, hash }: AuditCheckpoint): Promise<void> {
    const entry = await this.log.find(BigInt(seq));
    if (entry?.hash === hash) return;
    this.logger.error(`the audit log contradicts its checkpoint of entry ${seq}: it was cut or rewritten`);
    throw new AppError('conflict', `The audit log contradicts its checkpoint of entry ${seq}`);
  }
}
