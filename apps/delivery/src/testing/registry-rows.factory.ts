import { createHash, randomBytes } from 'node:crypto';
import { DEFAULT_PROJECT_ID as projectId, type Digest } from '@kernelcast/contracts';
import { bumpFleetVersion, newId } from '@kernelcast/database';
import type { Database } from '@kernelcast/database';
import { signStatement } from '@kernelcast/trust';
import type { Signer } from '@kernelcast/trust';

const HOUR_MS = 3_600_000;

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
export const digestOfBytes = (bytes: Uint8Array): Digest => `sha256:${sha256(bytes)}`;

/** Writes rows the way the registry does, with the fleet version raised where it would be. */
export class RegistryRows {
  constructor(
    private readonly database: Database,
    private readonly releaseSigner: Signer,
  ) {}

  private get prisma() {
    return this.database.prisma;
  }

  async base(digest: Digest): Promise<string> {
    const { id } = await this.prisma.baseNetwork.create({
      data: {
        id: newId('baseNetwork'),
        name: `base-${digest.slice(7, 15)}`,
        digest,
        graphDigest: digest,
        weightsDigest: digest,
        weightsSize: 1,
        architecture: 'test',
        parameters: 1,
        inputHeight: 4,
        inputWidth: 4,
      },
    });
    return id;
  }

  async group(): Promise<string> {
    const id = newId('deviceGroup');
    await this.prisma.deviceGroup.create({ data: { id, projectId, name: id.toLowerCase().replace('_', '-') } });
    return id;
  }

  /** A group of the devices that have an attribute. */
  async selectorGroup(key: string, value: string): Promise<string> {
    const id = newId('deviceGroup');
    await this.database.transaction(async (tx) => {
      const selector = [{ key, equals: value, not: false }];
      const selectorPath = `$.${JSON.stringify(key)} == ${JSON.stringify(value)}`;
      const name = id.toLowerCase().replace('_', '-');
      await tx.deviceGroup.create({ data: { id, projectId, name, selector, selectorPath } });
      await tx.$queryRaw`SELECT join_selected(${id})::int`;
    });
    return id;
  }

  async token(groupId: string, { uses = 100, expiresInMs = HOUR_MS } = {}): Promise<string> {
    const token = randomBytes(32).toString('base64url');
    const expiresAt = new Date(Date.now() + expiresInMs);
    const data = { id: newId('enrolmentToken'), tokenHash: sha256(token), groupId, usesLeft: uses, expiresAt };
    await this.prisma.enrolmentToken.create({ data });
    return token;
  }

  /** An approved version of a new task's modulator. */
  async approvedVersion(baseNetworkId: string, bytes: Uint8Array, task: string): Promise<string> {
    const base = await this.prisma.baseNetwork.findUniqueOrThrow({ where: { id: baseNetworkId } });
    const digest = digestOfBytes(bytes);
    const claims = { modulatorDigest: digest, baseDigest: base.digest as Digest, task, version: 1 };
    const trainingJobId = await this.trainingJob(baseNetworkId, task);
    const { taskId } = await this.prisma.trainingJob.findUniqueOrThrow({ where: { id: trainingJobId } });
    const { id: modulatorId } = await this.prisma.modulator.create({
      data: { id: newId('modulator'), projectId, taskId: taskId ?? '', baseNetworkId },
    });
    const { id } = await this.prisma.modulatorVersion.create({
      data: {
        id: newId('modulatorVersion'),
        projectId,
        modulatorId,
        version: 1,
        digest,
        size: bytes.length,
        method: 'km',
        encoding: 'f16',
        parameters: 1,
        headParameters: 1,
        labels: ['a', 'b'],
        metrics: {},
        trainingJobId,
        state: 'approved',
        decidedBy: 'test',
        decidedAt: new Date(),
        statement: await signStatement(claims, this.releaseSigner),
      },
    });
    return id;
  }

  async startedRollout(groupId: string, modulatorVersionId: string): Promise<string> {
    const id = newId('rollout');
    await this.database.transaction(async (tx) => {
      const changedAtVersion = await bumpFleetVersion(tx);
      const share = { state: 'running', waves: [{ share: 1 }], changedAtVersion, startedAt: new Date() } as const;
      await tx.rollout.create({ data: { id, projectId, groupId, modulatorVersionId, createdBy: 'test', ...share } });
    });
    return id;
  }

  /** Rolls back a rollout before which there was nothing. */
  async withdraw(rolloutId: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      const changedAtVersion = await bumpFleetVersion(tx);
      const data = { state: 'rolled_back', finishedAt: new Date(), changedAtVersion } as const;
      await tx.rollout.update({ where: { id: rolloutId }, data });
    });
  }

  async revoke(deviceId: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      await tx.device.update({ where: { id: deviceId }, data: { state: 'revoked', epoch: { increment: 1 } } });
      await bumpFleetVersion(tx);
    });
  }

  private async trainingJob(baseNetworkId: string, task: string): Promise<string> {
    const [id, taskId, datasetId, datasetVersionId] = [
      newId('trainingJob'),
      newId('task'),
      newId('dataset'),
      newId('datasetVersion'),
    ];
    await this.prisma.task.create({ data: { id: taskId, projectId, name: task, title: task, labels: ['a', 'b'] } });
    await this.prisma.dataset.create({ data: { id: datasetId, projectId, name: task, description: '' } });
    await this.prisma.datasetVersion.create({
      data: { id: datasetVersionId, projectId, datasetId, version: 1, state: 'uploading' },
    });
    const request = {
      projectId,
      method: 'km',
      scenario: 'transfer',
      hyperparameters: {},
      budget: {},
      seed: 1n,
      createdBy: 'test',
    };
    await this.prisma.trainingJob.create({ data: { id, taskId, datasetVersionId, baseNetworkId, ...request } });
    return id;
  }
}
