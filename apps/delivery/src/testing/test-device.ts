import type { Digest, EnrolResponse, Manifest } from '@kernelcast/contracts';
import { generateSigningKey, importSigner, verifyManifest } from '@kernelcast/trust';
import type { Signer } from '@kernelcast/trust';
import { BASE } from './fleet.factory.js';

/** Sends a JSON body. */
export const post = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

/** `code` of a problem answer. */
export const codeOf = async (answer: Response): Promise<[number, string]> => {
  const problem = (await answer.json()) as { code: string };
  return [answer.status, problem.code];
};

/** The requests of one device. */
export class TestDevice {
  private constructor(
    private readonly server: string,
    readonly enrolment: EnrolResponse,
    readonly signer: Signer,
  ) {}

  static async enrol(server: string, enrolmentToken: string, baseDigests: Digest[] = [BASE]): Promise<TestDevice> {
    const { kid, publicKey, privateKeyPkcs8 } = await generateSigningKey();
    const body = { enrolmentToken, publicKey, attributes: { site: 'test' }, baseDigests, runtime: 'jest' };
    const answer = await post(`${server}/device/v1/enrol`, body);
    if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
    const enrolment = (await answer.json()) as EnrolResponse;
    return new TestDevice(server, enrolment, await importSigner({ kid, privateKeyPkcs8 }));
  }

  /** The same device, asking another replica. */
  at(server = ''): TestDevice {
    return new TestDevice(server, this.enrolment, this.signer);
  }

  get id(): string {
    return this.enrolment.deviceId;
  }

  get authorization(): Record<string, string> {
    return { authorization: `Bearer ${this.enrolment.credential}` };
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.server}/device/v1/${path}`, { headers: { ...this.authorization, ...headers } });
  }

  poll(etag?: string, waitSeconds?: number): Promise<Response> {
    const query = waitSeconds === undefined ? '' : `?wait=${waitSeconds}`;
    return this.get(`manifest${query}`, etag === undefined ? {} : { 'if-none-match': etag });
  }

  /** Polls, and judges the answer as a device must. */
  async manifest(lastAcceptedVersion = 0): Promise<{ manifest: Manifest; etag: string }> {
    const answer = await this.poll();
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
    const { groupId: group } = this.enrolment;
    const expected = { now: new Date(), heldBaseDigests: [BASE], lastAcceptedVersion, group };
    const { manifest } = await verifyManifest(await answer.json(), this.enrolment.trustRoot, expected);
    return { manifest, etag: answer.headers.get('etag') ?? '' };
  }

  report(reports: unknown[]): Promise<Response> {
    return post(`${this.server}/device/v1/reports`, { reports }, this.authorization);
  }
}
