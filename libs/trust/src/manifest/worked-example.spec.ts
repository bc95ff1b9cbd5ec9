import type { Manifest } from '@kernelcast/contracts';
import { importSigner, keyIdOf } from '../keys/signing-key.js';
import type { Signer } from '../keys/signing-key.js';
import { signManifest, verifyManifest } from './manifest.js';
import { signStatement } from './statement.js';

/** The worked example of docs/formats/manifest.md. Its keys are those of RFC 8032, 7.1: tests 1 and 2. */
const MANIFEST_KEY = {
  seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
  publicKey: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
};
const RELEASE_KEY = {
  seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
  publicKey: 'PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw',
};
/** RFC 8410: what precedes the 32 bytes of an Ed25519 private key in PKCS #8. */
const PKCS8_PREFIX = '302e020100300506032b657004220420';

async function signerOf({ seed, publicKey }: typeof MANIFEST_KEY): Promise<Signer> {
  return importSigner({ kid: await keyIdOf(publicKey), privateKeyPkcs8: Buffer.from(PKCS8_PREFIX + seed, 'hex') });
}

const modulatorDigest = 'sha256:6cea800b5850908c057b00f08f8da7ba2e60e78b2bf2203a6222ed1144598525';
const baseDigest = `sha256:${'ab'.repeat(32)}` as const;

async function exampleManifest(): Promise<Manifest> {
  const claims = { modulatorDigest, baseDigest, task: 'signs', version: 3 } as const;
  return {
    type: 'kernelcast.manifest/1',
    group: 'grp_01JGFJJZ00A6Y8T7B3V5S2Q1M4',
    cohort: 'coh_1',
    version: 7,
    issuedAt: '2026-01-01T00:00:00Z',
    expiresAt: '2026-01-08T00:00:00Z',
    base: { digest: baseDigest },
    slots: [
      {
        slot: 'main',
        task: 'signs',
        modulatorVersion: 3,
        digest: modulatorDigest,
        size: 830,
        encoding: 'f16',
        labelsDigest: 'sha256:b981bc9abc8a751ef557cd382aabfbce3740045b1e7032c46dbdba9b5c6fa268',
        statement: await signStatement(claims, await signerOf(RELEASE_KEY)),
        deltas: [],
      },
    ],
  };
}

describe('the worked example of the manifest format', () => {
  it('has the documented statement', async () => {
    const [slot] = (await exampleManifest()).slots;
    expect(slot?.statement).toEqual({
      protected:
        'eyJhbGciOiJFZERTQSIsImtpZCI6IkZ0SXUtVmJHcmZlX0tCNkNIN0dOd09EQjcyTU54al9tbDExZEV2Ty03a2siLCJ0eXAiOiJrZXJuZWxj' +
        'YXN0LnN0YXRlbWVudC8xIn0',
      payload: Buffer.from(
        `{"baseDigest":"${baseDigest}","modulatorDigest":"${modulatorDigest}","task":"signs",` +
          '"type":"kernelcast.statement/1","version":3}',
      ).toString('base64url'),
      signature: 'yNvV6wzix4iceN3-zpb2H83GAhHjSIhQayHoXxZDZ0V7DhQH2JvruhDTb3M2heqIQjJdEqLB09FmusqYgkLBCA',
    });
  });

  it('has the documented signature and ETag', async () => {
    const jws = await signManifest(await exampleManifest(), await signerOf(MANIFEST_KEY));
    expect(jws.signature).toBe(
      'PgS2GirwUM3z73GxyrPopez05BJo9jmgm9Y_M-BwzNPkA4rKHVpLRB7gobHK0zvlbFS_v1vM6GUDFSSDSjSpCw',
    );
    const keys = [
      { kid: await keyIdOf(MANIFEST_KEY.publicKey), role: 'manifest' as const, publicKey: MANIFEST_KEY.publicKey },
      { kid: await keyIdOf(RELEASE_KEY.publicKey), role: 'release' as const, publicKey: RELEASE_KEY.publicKey },
    ];
    const expected = { now: new Date('2026-01-02T00:00:00Z'), heldBaseDigests: [baseDigest], lastAcceptedVersion: 0 };
    const { digest, kid } = await verifyManifest(jws, { keys }, expected);
    expect(kid).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
    expect(digest).toBe('sha256:43e93d9f9a40578b73663503305e4d3b75501258b1059a928796000cb1b2f011');
  });
});
