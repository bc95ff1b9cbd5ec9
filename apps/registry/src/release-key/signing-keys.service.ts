import {
  digestSchema,
  MAX_TRUSTED_KEYS,
  type RenewedStatements,
  type SigningKey,
  type SigningKeys,
} from '@kernelcast/contracts';
import type { Tx } from '@kernelcast/database';
import { AppError, type KeyVault } from '@kernelcast/platform';
import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { Changes, type Change } from '../changes/changes.service.js';
import { FleetNotifier } from '../fleet-events/fleet-notifier.js';
import { keyStateAfter, TRUSTED, type KeyAction } from './key-transitions.js';
import { KEY_VAULT, ReleaseKeyService } from './release-key.service.js';
import { KeyRing } from './signing-keys.repository.js';

/** Standby keys that may wait; more would only lengthen what every device is told. */
const MAX_PUBLISHED = 4;

/** Changes which keys sign and which ones devices trust. */
@Injectable()
export class SigningKeysService {
  constructor(
    private readonly ring: KeyRing,
    private readonly releaseKey: ReleaseKeyService,
    private readonly changes: Changes,
    private readonly fleet: FleetNotifier,
    @Inject(KEY_VAULT) private readonly vault: KeyVault,
  ) {}

  async list(): Promise<SigningKeys> {
    return { data: await this.ring.list(), trustRootVersion: await this.ring.trustRootVersion() };
  }

  /**
   * Makes the next release key and lets devices know it. It signs once it is activated.
   * @throws AppError `conflict` when several are waiting already
   */
  async publish(actor: Actor): Promise<SigningKey> {
    const key = await this.vault.generate();
    return this.change(actor, async (tx) => {
      const known = (await this.ring.list(tx)).filter(({ state }) => TRUSTED.includes(state));
      const waiting = known.filter(({ state }) => state === 'published').length;
      if (waiting >= MAX_PUBLISHED) throw new AppError('conflict', `${waiting} keys wait to be activated already`);
      if (known.length >= MAX_TRUSTED_KEYS) {
        throw new AppError('conflict', `Devices trust ${known.length} keys already: give up some retired ones`);
      }
      await this.ring.insert(tx, key, this.vault.name);
      return { kid: key.kid, before: null };
    });
  }

  /**
   * @throws AppError `not_found`; `conflict` when its state does not allow it, or it is said to be compromised while
   *   statements in force rest on it
   */
  async act(actor: Actor, kid: string, action: KeyAction): Promise<SigningKey> {
    return this.change(actor, async (tx) => {
      const key = await this.ring.find(kid, tx);
      if (!key) throw new AppError('not_found', `There is no signing key ${kid}`);
      if (key.role !== 'release') throw new AppError('conflict', 'Only release keys are rotated here');
      const to = keyStateAfter(key.state, action);
      if (to === undefined) throw refusal(key);
      if (to === 'compromised' && key.statements > 0) {
        throw new AppError('conflict', `${key.statements} statements in force rest on it: renew them first`);
      }
      if (to === 'active') {
        const active = await this.ring.active(tx);
        if (active) await this.ring.setState(tx, active.kid, 'retired');
      }
      await this.ring.setState(tx, kid, to);
      return { kid, before: key.state };
    });
  }

  /** Signs by the active key what another has signed; each version by itself, so that it may be broken off and repeated. */
  async renewStatements(actor: Actor): Promise<RenewedStatements> {
    const kid = await this.releaseKey.kid();
    let renewed = 0;
    for (const { id, projectId, version, digest, baseDigest, task } of await this.ring.statedByOthers(kid)) {
      const claims = { modulatorDigest: digestSchema.parse(digest), baseDigest: digestSchema.parse(baseDigest) };
      const statement = await this.releaseKey.sign({ ...claims, task, version });
      const audit = { action: 'modulator_version.statement_renewed', resource: id, projectId, after: { kid } };
      const { idempotency: _, ...author } = actor;
      const done = await this.changes.commit(author, async (tx): Promise<Change<boolean>> => {
        const inForce = await this.ring.restate(tx, id, statement);
        return inForce ? { result: true, audit } : { result: false };
      });
      if (done) renewed++;
    }
    if (renewed > 0) this.fleet.changed();
    return { kid, renewed };
  }

  /** One change of the keys, with what devices are told of it. */
  private async change(
    actor: Actor,
    work: (tx: Tx) => Promise<{ kid: string; before: string | null }>,
  ): Promise<SigningKey> {
    const result = await this.changes.commit(actor, async (tx): Promise<Change<SigningKey>> => {
      await this.ring.lock(tx);
      const { kid, before } = await work(tx);
      await this.ring.publishTrustRoot(tx, this.vault);
      const key = await this.ring.find(kid, tx);
      if (!key) throw new Error(`the signing key ${kid} vanished`);
      const audit = { action: `signing_key.${key.state}`, resource: kid, projectId: null };
      const states = { ...(before !== null && { before: { state: before } }), after: { state: key.state } };
      return { result: key, audit: { ...audit, ...states } };
    });
    this.fleet.changed();
    return result;
  }
}

const refusal = ({ state }: SigningKey): AppError => {
  const hint = state === 'active' ? ': activate another one in its place first' : '';
  return new AppError('conflict', `The key is ${state}${hint}`);
};
