import { createHash } from 'node:crypto';
import { canonicalJson } from '@kernelcast/artifact';
import type { FlattenedJws } from '@kernelcast/contracts';
import { byPrecedence, isMember } from '@kernelcast/platform';
import { decodeTime } from 'ulid';
import type { ActiveRollout, Assignment, Audience, DesiredState } from './fleet.types.js';

/** Hexadecimal digits kept of a cohort's hash: 128 bits. */
const COHORT_DIGITS = 32;

/** Decides what each device of one group should run. Immutable: a change of the group makes a new plan. */
export class GroupPlan {
  private readonly rollouts: readonly ActiveRollout[];
  private readonly states = new Map<string, DesiredState>();
  /** Equal for two plans that decide the same. */
  readonly fingerprint: string;

  /** @param version fleet version at which the desired state of the group last changed */
  constructor(
    readonly version: number,
    rollouts: readonly ActiveRollout[],
    private readonly trustRoot?: readonly FlattenedJws[],
  ) {
    this.rollouts = [...rollouts].sort(byPrecedence);
    this.fingerprint = canonicalJson({
      version,
      trustRoot: trustRoot?.map(({ signature }) => signature) ?? [],
      rollouts: this.rollouts.map(({ id, share, assignment, frozenAt, quarantined, withdrawn }) => [
        id,
        share,
        assignment.digest,
        assignment.statement.signature,
        assignment.deltas.map(({ digest }) => digest),
        frozenAt?.getTime() ?? null,
        quarantined ?? false,
        withdrawn ?? false,
      ]),
    });
  }

  /**
   * The desired state of a device: for each task the first rollout by precedence whose current wave holds it. A frozen
   * one keeps the devices that it had and gets no new ones; a quarantined one none that come back from a withdrawn one
   * either.
   */
  desiredFor(device: Audience & { readonly id: string }): DesiredState {
    const chosen = new Map<string, Assignment>();
    const returning = new Set<string>();
    for (const { id, share, assignment, frozenAt, quarantined, withdrawn } of this.rollouts) {
      const { task } = assignment;
      if (chosen.has(task) || assignment.baseDigest !== device.baseDigest) continue;
      if (!isMember(id, device.id, share)) continue;
      if (withdrawn) returning.add(task);
      else if (!isClosed(device.id, frozenAt) && !(quarantined && returning.has(task))) chosen.set(task, assignment);
    }
    return this.intern(device, [...chosen.values()].sort(byTask));
  }

  private intern({ groupId, baseDigest }: Audience, assignments: readonly Assignment[]): DesiredState {
    const cohort = cohortOf({ groupId, baseDigest }, assignments);
    const known = this.states.get(cohort);
    if (known !== undefined) return known;
    const { version, trustRoot } = this;
    const state = { groupId, cohort, version, baseDigest, assignments, ...(trustRoot && { trustRoot }) };
    this.states.set(cohort, state);
    return state;
  }
}

/**
 * Devices of a home group with equal desired state share a cohort: a hash over the group, the base and the assignments
 * sorted by task.
 */
export function cohortOf({ groupId, baseDigest }: Audience, assignments: readonly Assignment[]): string {
  const slots = [...assignments]
    .sort(byTask)
    .map(({ task, modulatorVersion, digest }) => [task, modulatorVersion, digest]);
  const hash = createHash('sha256').update(canonicalJson({ groupId, baseDigest, slots })).digest('hex');
  return `coh_${hash.slice(0, COHORT_DIGITS)}`;
}

const isClosed = (deviceId: string, frozenAt: Date | undefined): boolean =>
  frozenAt !== undefined && enrolledAt(deviceId) > frozenAt.getTime();

/** Unix milliseconds. The id is a ULID, made at enrolment: nothing more has to be kept of every device. */
function enrolledAt(deviceId: string): number {
  return decodeTime(deviceId.slice(deviceId.indexOf('_') + 1));
}

function byTask(a: Assignment, b: Assignment): number {
  return a.task < b.task ? -1 : 1;
}
