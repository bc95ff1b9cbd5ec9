import type { FlattenedJws } from '@kernelcast/contracts';
import type { ActiveRollout, DesiredState, FleetPicture } from './fleet.types.js';
import { GroupPlan } from './group-plan.js';

/** The groups that a device is in: its token's first. Devices with the same groups share one plan. */
export type Membership = readonly [home: string, ...selected: string[]];

/** A desired state, and its number within its plan. */
interface NumberedState {
  readonly number: number;
  readonly state: DesiredState;
}

/** A plan, and its states by number. */
class NumberedPlan {
  private readonly states: DesiredState[] = [];
  private readonly numbers = new Map<DesiredState, number>();
  private readonly raised = new Map<string, DesiredState>();

  /** @param number of this plan alone, never 0 */
  constructor(
    readonly number: number,
    readonly plan: GroupPlan,
  ) {}

  state(number: number): DesiredState | undefined {
    return this.states[number];
  }

  /** @param floor lowest version that the device may be given: one that came from other groups accepted higher ones */
  decide(device: Parameters<GroupPlan['desiredFor']>[0], floor: number): NumberedState {
    const state = this.atLeast(this.plan.desiredFor(device), floor);
    const number = this.numbers.get(state) ?? this.states.push(state) - 1;
    this.numbers.set(state, number);
    return { number, state };
  }

  private atLeast(state: DesiredState, version: number): DesiredState {
    if (version <= state.version) return state;
    const key = `${state.cohort}:${version}`;
    const raised = this.raised.get(key) ?? { ...state, version };
    this.raised.set(key, raised);
    return raised;
  }
}

/** A plan that another took the place of. */
interface RetiredPlan {
  readonly plan: NumberedPlan;
  /** Unix milliseconds. */
  readonly retiredAt: number;
}

/** Plans kept of one membership after they were replaced; a rollout that moves faster leaves the oldest behind. */
const MOST_RETIRED = 8;

/** The plan of every membership that devices have, made when it is first asked for. */
export class PlanBook {
  private plans: (NumberedPlan | undefined)[] = [];
  private readonly retired: (RetiredPlan[] | undefined)[] = [];
  private rollouts = new Map<string, ActiveRollout[]>();
  private groupVersions: ReadonlyMap<string, number> = new Map();
  private trustRoot: readonly FlattenedJws[] | undefined;
  /** Of memberships that never had a rollout. */
  private empty: NumberedPlan | undefined;
  private lastNumber = 0;

  /** Plans that decide as before are kept, and with them their manifests. */
  apply(
    picture: Pick<FleetPicture, 'rollouts' | 'groupVersions' | 'trustRoot'>,
    memberships: readonly Membership[],
  ): void {
    this.rollouts = groupRollouts(picture.rollouts);
    this.groupVersions = picture.groupVersions;
    this.trustRoot = picture.trustRoot;
    if (this.empty !== undefined) this.empty = this.keepOrNumber(this.empty, new GroupPlan(0, [], this.trustRoot));
    this.plans = this.plans.map((old, index) => {
      const groups = memberships[index];
      if (old === undefined || groups === undefined) return undefined;
      const made = this.make(groups, old);
      if (made !== old) this.retire(index, old);
      return made;
    });
  }

  /** Plans of a membership that were replaced at or after a moment in Unix milliseconds, the last one first. */
  retiredSince(index: number, since: number): GroupPlan[] {
    const plans = this.retired[index] ?? [];
    return plans.filter(({ retiredAt }) => retiredAt >= since).map(({ plan }) => plan.plan);
  }

  private retire(index: number, plan: NumberedPlan): void {
    this.retired[index] = [{ plan, retiredAt: Date.now() }, ...(this.retired[index] ?? [])].slice(0, MOST_RETIRED);
  }

  /** @param index number of the membership */
  planOf(index: number, groups: Membership): NumberedPlan {
    return (this.plans[index] ??= this.make(groups));
  }

  private make(groups: Membership, old?: NumberedPlan): NumberedPlan {
    const changed = groups.map((group) => this.groupVersions.get(group)).filter((version) => version !== undefined);
    if (changed.length === 0) return (this.empty ??= this.number(new GroupPlan(0, [], this.trustRoot)));
    const rollouts = groups.flatMap((group) => this.rollouts.get(group) ?? []);
    return this.keepOrNumber(old, new GroupPlan(Math.max(...changed), rollouts, this.trustRoot));
  }

  private keepOrNumber(old: NumberedPlan | undefined, plan: GroupPlan): NumberedPlan {
    return old?.plan.fingerprint === plan.fingerprint ? old : this.number(plan);
  }

  private number(plan: GroupPlan): NumberedPlan {
    return new NumberedPlan(++this.lastNumber, plan);
  }
}

function groupRollouts(rollouts: readonly ActiveRollout[]): Map<string, ActiveRollout[]> {
  const groups = new Map<string, ActiveRollout[]>();
  for (const rollout of rollouts) {
    const group = groups.get(rollout.groupId);
    if (group === undefined) groups.set(rollout.groupId, [rollout]);
    else group.push(rollout);
  }
  return groups;
}
