import type { Rollout } from '@kernelcast/contracts';
import { bumpFleetVersion, type Announcement, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { systemIn } from '../changes/actor.js';
import { Changes, type Change } from '../changes/changes.service.js';
import { FleetNotifier } from '../fleet-events/fleet-notifier.js';
import { rolloutRule } from '../modulators/version-transitions.js';
import { advanceMove, beginMove } from './rollout-moves.js';
import { RolloutsRepository, type RolloutMove, type RunningRollout } from './rollouts.repository.js';
import { RolloutsService } from './rollouts.service.js';
import type { GateStep } from './wave-gate.js';

/** Something that a rollout does by itself. */
interface OwnMove {
  readonly action: string;
  readonly move: RolloutMove;
  readonly events: readonly Announcement['type'][];
  /** Whether it changes what devices should run. */
  readonly changesFleet: boolean;
}

/** Takes the steps that rollouts take by themselves: each once, whatever number of registries look at it. */
@Injectable()
export class RolloutSteps {
  constructor(
    private readonly rollouts: RolloutsService,
    private readonly repository: RolloutsRepository,
    private readonly changes: Changes,
    private readonly fleet: FleetNotifier,
  ) {}

  take(running: RunningRollout, step: Exclude<GateStep, { kind: 'wait' }>): Promise<Rollout> {
    return this.commit(running, ownMove(running.rollout, step, new Date()));
  }

  /** The first wave of a scheduled rollout. */
  begin(scheduled: RunningRollout): Promise<Rollout> {
    const move = beginMove(new Date());
    return this.commit(scheduled, { action: 'start', move, events: ['rollout.started'], changesFleet: true });
  }

  private async commit(seen: RunningRollout, own: OwnMove): Promise<Rollout> {
    const moved = await this.changes.commit(systemIn(seen.projectId), (tx) => this.apply(tx, seen, own));
    if (own.changesFleet) this.fleet.changed();
    return moved;
  }

  private async apply(tx: Tx, { projectId, rollout: seen }: RunningRollout, own: OwnMove): Promise<Change<Rollout>> {
    const version = await this.repository.versionState(seen.id, tx);
    // Quarantined since it was counted, or somebody looks at one that is: it stays where it is.
    if (version === undefined || !rolloutRule(version).advancing) return { result: seen };
    const changed = own.changesFleet ? { changedAtVersion: await bumpFleetVersion(tx) } : {};
    const moved = await this.repository.move(tx, { projectId, ...seen }, { ...own.move, ...changed });
    // Another replica was faster, or somebody stopped it: the step is taken once, and not after that.
    if (!moved) return { result: await this.rollouts.get(projectId, seen.id, tx) };
    const describe = ({ state, currentWave, stopped }: Rollout) => ({ state, currentWave, stopped });
    const audit = {
      action: `rollout.${own.action}`,
      resource: seen.id,
      before: describe(seen),
      after: describe(moved),
    };
    return { result: moved, audit, events: own.events.map((type) => ({ type, subject: seen.id }) as Announcement) };
  }
}

const ownMove = (rollout: Rollout, step: Exclude<GateStep, { kind: 'wait' }>, now: Date): OwnMove => {
  switch (step.kind) {
    case 'advance':
      return {
        action: 'advance',
        move: advanceMove(rollout, now),
        events: ['rollout.wave_started'],
        changesFleet: true,
      };
    case 'complete':
      return { action: 'complete', move: { state: 'completed', finishedAt: now }, events: ['rollout.completed'], changesFleet: false }; // prettier-ignore
    case 'pause':
      return {
        action: 'pause',
        move: { state: 'paused', stopReason: step.reason, stoppedAt: now },
        events: ['rollout.paused'],
        changesFleet: false,
      };
    case 'halt':
      return haltMove(rollout, step.reason, now);
  }
};

const haltMove = ({ onBreach }: Rollout, reason: 'errors' | 'deadline', now: Date): OwnMove => {
  const stopped = { stopReason: reason, stoppedAt: now };
  // Silence alone is no reason to take a version from those that run it.
  if (onBreach === 'halt' || reason === 'deadline') {
    return {
      action: 'halt',
      move: { state: 'halted', ...stopped },
      events: ['rollout.wave_halted'],
      changesFleet: false,
    };
  }
  const move = { state: 'rolled_back', finishedAt: now, ...stopped } as const;
  return { action: 'rollback', move, events: ['rollout.wave_halted', 'rollout.rolled_back'], changesFleet: true };
};
