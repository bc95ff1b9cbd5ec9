import { applyDelta, ArtifactError, DELTA_ENCODING, DeltaError, digestOf, encodeDelta } from '@kernelcast/artifact';
import { blobKey, OBJECT_STORE, putBlob, type ObjectStore } from '@kernelcast/storage';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { FleetNotifier } from '../fleet-events/fleet-notifier.js';
import { LeasedWork } from '../housekeeping/leased-work.js';
import { Periodic } from '../housekeeping/periodic.js';
import { DeltasRepository, type DeltaTask, type MadeDelta } from './deltas.repository.js';

/** How often it is looked what devices run and what they will be told to. */
const PLAN_MS = 15_000;
/** Coding runs on the event loop, at about a megabyte a second: of more than this no delta is made. */
const MAX_VERSION_BYTES = 2 ** 19;
/** One with which registries died this often is given up. */
const MAX_ATTEMPTS = 3;

/** Makes deltas beforehand, from what the fleet runs to what it will, whichever registry comes to it. */
@Injectable()
export class DeltaMaking implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(DeltaMaking.name);
  private readonly leased: LeasedWork<DeltaTask>;
  private readonly planning = new Periodic({
    name: DeltaMaking.name,
    intervalMs: PLAN_MS,
    work: () => this.plan(),
    onFault: 'deltas are planned later',
  });

  constructor(
    private readonly deltas: DeltasRepository,
    private readonly fleet: FleetNotifier,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
  ) {
    this.leased = new LeasedWork<DeltaTask>({
      name: 'making of deltas',
      queue: deltas,
      atOnce: 1,
      work: async (task, { owner }) => {
        const made = task.attempts > MAX_ATTEMPTS ? null : await this.make(task);
        if (await this.deltas.settle(task, owner, made)) this.fleet.changed();
      },
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    this.leased.start();
    await this.planning.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.planning.stop();
    await this.leased.stop();
  }

  /** Looks for deltas to make and to drop, and begins. */
  async plan(): Promise<void> {
    const dropped = await this.deltas.prune();
    if (dropped > 0) this.fleet.changed();
    if ((await this.deltas.plan()) > 0) this.leased.wake();
  }

  /** @returns null when there is none, or none that saves anything */
  private async make({ fromDigest: from, toDigest: to, fromSize, toSize }: DeltaTask): Promise<MadeDelta | null> {
    if (Math.max(fromSize, toSize) > MAX_VERSION_BYTES) return null;
    const [before, after] = await Promise.all([
      this.store.read(blobKey(from), fromSize),
      this.store.read(blobKey(to), toSize),
    ]);
    try {
      const delta = encodeDelta(before, after, { from, to });
      // A device would find out, but only after it has fetched it.
      const isRight = (await digestOf(applyDelta(before, delta, { from, to }))) === to;
      if (!isRight || delta.byteLength >= toSize) return null;
      const digest = await putBlob(this.store, delta);
      return { digest, size: delta.byteLength, encoding: DELTA_ENCODING };
    } catch (error) {
      if (!(error instanceof DeltaError) && !(error instanceof ArtifactError)) throw error;
      this.logger.log(`no delta from ${from} to ${to}: ${error.reason}`);
      return null;
    }
  }
}
