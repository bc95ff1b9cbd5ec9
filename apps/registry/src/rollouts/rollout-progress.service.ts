import type { Rollout, RolloutProgress } from '@kernelcast/contracts';
import { bumpFleetVersion, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { systemIn } from '../changes/actor.js';
import { Changes, type Change } from '../changes/changes.service.js';
import { FleetNotifier } from '../fleet-events/fleet-notifier.js';
import { rolloutRule } from '../modulators/version-transitions.js';
import { RolloutProgressRepository, type ProgressCounts, type RolloutShare } from './rollout-progress.repository.js';
import { nextStep, type RolloutStep } from './rollout-step.js';
import { RolloutsRepository, type RolloutMove, type RunningRollout } from './rollouts.repository.js';
import { RolloutsService } from './rollouts.service.js';

const EVENTS = { advance: 'rollout.wave_started', pause: 'rollout.paused', complete: 'rollout.completed' } as const;
const NOBODY: ProgressCounts = { targeted: 0, downloading: 0, active: 0, failed: 0, silent: 0 };

const currentWaveOf = ({ id, waves, currentWave }: Rollout): RolloutShare => ({
  rolloutId: id,
  share: waves[currentWave]?.share ?? 1,
});

/** Reads how far a rollout is, and moves it on when its wave is done. */
@Injectable()
export class RolloutProgressService {
  constructor(
    private readonly rollouts: RolloutsService,
    private readonly repository: RolloutsRepository,
    private readonly counts: RolloutProgressRepository,
    private readonly changes: Changes,
    private readonly fleet: FleetNotifier,
  ) {}

  /** @throws AppError `rollout_not_found` */
  async progress(projectId: string, id: string): Promise<RolloutProgress> {
    const rollout = await this.rollouts.get(projectId, id);
    const [counts = NOBODY] = await this.counts.count([currentWaveOf(rollout)]);
    const { state } = rollout.state === 'running' ? await this.moveOn({ projectId, rollout }, counts) : rollout;
    return { rolloutId: id, state, ...counts };
  }

  /** Moves every running rollout on whose wave is done. */
  async moveAllOn(): Promise<void> {
    const running = await this.repository.listRunning();
    if (running.length === 0) return;
    const counts = await this.counts.count(running.map(({ rollout }) => currentWaveOf(rollout)));
    for (const [i, rollout] of running.entries()) await this.moveOn(rollout, counts[i] ?? NOBODY);
  }

  private async moveOn(running: RunningRollout, counts: ProgressCounts): Promise<Rollout> {
    const step = nextStep(running.rollout, counts);
    if (step === 'wait') return running.rollout;
    const moved = await this.changes.commit(systemIn(running.projectId), (tx) => this.takeStep(tx, running, step));
    this.fleet.changed();
    return moved;
  }

  private async takeStep(
    tx: Tx,
    { projectId, rollout: seen }: RunningRollout,
    step: Exclude<RolloutStep, 'wait'>,
  ): Promise<Change<Rollout>> {
    const version = await this.repository.versionState(seen.id, tx);
    // Quarantined since it was counted, or somebody looks at one that is: it stays where it is.
    if (version === undefined || !rolloutRule(version).advancing) return { result: seen };
    const to = await this.target(tx, seen, step);
    const moved = await this.repository.move(tx, { projectId, ...seen }, to);
    // Another replica was faster; the same step was taken, once.
    if (!moved) return { result: await this.rollouts.get(projectId, seen.id, tx) };
    const describe = ({ state, currentWave }: Rollout) => ({ state, currentWave });
    const audit = { action: `rollout.${step}`, resource: seen.id, before: describe(seen), after: describe(moved) };
    return { result: moved, audit, events: [{ type: EVENTS[step], subject: seen.id }] };
  }

  private async target(tx: Tx, seen: Rollout, step: Exclude<RolloutStep, 'wait'>): Promise<RolloutMove> {
    switch (step) {
      case 'complete':
        return { state: 'completed', finishedAt: new Date() };
      case 'pause':
        return { state: 'paused' };
      case 'advance':
        return {
          state: 'running',
          currentWave: seen.currentWave + 1,
          changedAtVersion: await bumpFleetVersion(tx),
        };
    }
  }
}
