import type { Rollout, RolloutProgress } from '@kernelcast/contracts';
import { Injectable } from '@nestjs/common';
import { isWindowOpen } from './maintenance-windows.js';
import { PacedCounts, type Paced } from './paced-counts.js';
import { isDue } from './rollout-moves.js';
import { RolloutProgressRepository, type ProgressCounts } from './rollout-progress.repository.js';
import { RolloutSteps } from './rollout-steps.service.js';
import { RolloutsRepository, type RunningRollout } from './rollouts.repository.js';
import { RolloutsService } from './rollouts.service.js';
import { deadlineOf, measureGate, nextStep } from './wave-gate.js';

/** Counts that took less are taken anew: for who asks, and for the clock that looks at all rollouts all the time. */
const CHEAP_MS = { forPeople: 1000, forGates: 50 };

/** Reads how far a rollout is, and moves it on when its gate says so. */
@Injectable()
export class RolloutProgressService {
  private readonly paced = new PacedCounts<ProgressCounts>();

  constructor(
    private readonly rollouts: RolloutsService,
    private readonly repository: RolloutsRepository,
    private readonly counting: RolloutProgressRepository,
    private readonly steps: RolloutSteps,
  ) {}

  /** @throws AppError `rollout_not_found` */
  async progress(projectId: string, id: string): Promise<RolloutProgress> {
    const rollout = await this.rollouts.get(projectId, id);
    const counted = await this.count(rollout, CHEAP_MS.forPeople);
    const { state } = rollout.state === 'running' ? await this.look({ projectId, rollout }, counted) : rollout;
    return { rolloutId: id, state, ...counted.counts, ...gateOf(rollout, counted) };
  }

  /** Moves every rollout on whose time has come or whose wave is decided. */
  async moveAllOn(): Promise<void> {
    for (const moving of await this.repository.listMoving()) {
      const { rollout } = moving;
      if (rollout.state === 'running') await this.look(moving, await this.count(rollout, CHEAP_MS.forGates));
      else if (isDue(rollout, new Date())) await this.steps.begin(moving);
    }
  }

  private async look(running: RunningRollout, { counts, countedAt }: Paced<ProgressCounts>): Promise<Rollout> {
    const { projectId, rollout } = running;
    const windowOpen = isWindowOpen(rollout.windows, countedAt);
    const step = nextStep({ rollout, counts, now: countedAt, windowOpen });
    if (step.kind !== 'wait') return this.steps.take(running, step);
    const held = step.gateHeldSince?.toISOString() ?? null;
    if (held !== rollout.gateHeldSince) await this.repository.keepGate({ projectId, ...rollout }, step.gateHeldSince);
    return rollout;
  }

  private count(rollout: Rollout, cheapMs: number): Promise<Paced<ProgressCounts>> {
    const { id, currentWave, startedAt } = rollout;
    return this.paced.get({ id, of: `${currentWave} ${startedAt}`, cheapMs }, () => this.counting.count(rollout));
  }
}

const gateOf = (rollout: Rollout, { counts, countedAt }: Paced<ProgressCounts>) => {
  const { outcomes, successRatio, errorRatio } = measureGate({ rollout, counts, now: countedAt });
  return {
    successRatio: outcomes === 0 ? null : successRatio,
    errorRatio: outcomes === 0 ? null : errorRatio,
    deadlineAt: deadlineOf(rollout)?.toISOString() ?? null,
    countedAt: countedAt.toISOString(),
  };
};
