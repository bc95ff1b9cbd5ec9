import type { FlattenedJws } from '@kernelcast/contracts';
import { signStatement } from '@kernelcast/trust';
import { aModulator } from '../modulators.js';
import type { ServingDevice } from '../serving-device.js';
import { decode, encode, flipped, offer } from './attack.js';
import type { Attack } from './attack.js';

const elsewhere = `sha256:${'d'.repeat(64)}` as const;

/** A manifest by a stolen manifest key, whose statement is changed. */
const stating =
  (change: (statement: FlattenedJws, test: ServingDevice) => FlattenedJws | Promise<FlattenedJws>): Attack['prepare'] =>
  async (test) => {
    const { digest: modulatorDigest, baseDigest, task, version } = test.next;
    const genuine = await signStatement({ modulatorDigest, baseDigest, task, version }, test.delivery.releaseKey);
    const statement = await change(genuine, test);
    await offer(() => ({ slots: [{ modulator: test.next, changes: { statement } }] }))(test);
  };

const claiming = (claims: Parameters<typeof aModulator>[1] | object): Attack['prepare'] =>
  offer(({ next }) => ({ slots: [{ modulator: next, claims }] }));

const CHANGES = { modulatorDigest: elsewhere, baseDigest: elsewhere, task: 'letters', version: 3 } as const;

const changedFields: Attack[] = Object.entries(CHANGES).flatMap(([field, value]) => [
  {
    attack: `its \`${field}\` changed after it was signed`,
    code: 'signature_invalid',
    prepare: stating((jws) => ({ ...jws, payload: encode({ ...decode(jws.payload), [field]: value }) })),
  },
  { attack: `genuine, about another \`${field}\``, code: 'statement_mismatch', prepare: claiming({ [field]: value }) },
]);

const header = (change: object): Attack['prepare'] =>
  stating((jws) => ({ ...jws, protected: encode({ ...decode(jws.protected), ...change }) }));

export const STATEMENT_ATTACKS: readonly Attack[] = [
  ...changedFields,
  { attack: 'a bit flipped in its signature', code: 'signature_invalid', prepare: stating((jws) => ({ ...jws, signature: flipped(jws.signature, 40) })) },
  { attack: 'signed by the manifest key, which may not approve versions', code: 'key_unknown', prepare: offer((test) => ({ statementSigner: test.delivery.manifestKey })) },
  { attack: 'signed by a stranger', code: 'key_unknown', prepare: offer((test) => ({ statementSigner: test.delivery.strangerKey })) },
  { attack: '`alg` none', code: 'statement_mismatch', prepare: header({ alg: 'none' }) },
  { attack: 'a `crit` extension', code: 'statement_mismatch', prepare: header({ crit: ['exp'] }) },
  { attack: 'a manifest in its place', code: 'key_unknown', prepare: stating((jws, { delivery }) => delivery.manifest ?? jws) },
  { attack: 'that of the version before', code: 'statement_mismatch', prepare: stating((_, { good, delivery }) => signStatement({ modulatorDigest: good.digest, baseDigest: good.baseDigest, task: good.task, version: good.version }, delivery.releaseKey)) },
  { attack: 'that of another slot of the same manifest', code: 'statement_mismatch', prepare: async (test) => {
    const letters = await aModulator(test.base, { task: 'letters', seed: 3 });
    const { digest: modulatorDigest, baseDigest, task, version } = letters;
    const statement = await signStatement({ modulatorDigest, baseDigest, task, version }, test.delivery.releaseKey);
    await offer(() => ({ slots: [{ modulator: letters }, { modulator: test.next, changes: { statement } }] }))(test);
  } },
  { attack: 'genuine, of another task’s modulator that the slot names', code: 'statement_mismatch', prepare: async (test) => {
    const letters = await aModulator(test.base, { task: 'letters', seed: 3 });
    await offer(() => ({ slots: [{ modulator: letters, changes: { slot: 'digits', task: 'digits' } }] }))(test);
  } },
]; // prettier-ignore
