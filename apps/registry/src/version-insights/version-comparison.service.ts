import { ArtifactError, decodePredictions, type TestPredictions } from '@kernelcast/artifact';
import type { ModulatorVersion, PairedPredictions, VersionComparison } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import { OBJECT_STORE, readBlob, StorageError, type ObjectStore } from '@kernelcast/storage';
import { Inject, Injectable } from '@nestjs/common';
import { VersionReferences } from '../aliases/version-references.js';
import type { VersionReference } from '../modulators/modulators.repository.js';
import { ModulatorsService } from '../modulators/modulators.service.js';
import { matchPredictions } from './match-predictions.js';
import { compareClasses, compareLayers, summarise } from './side-by-side.js';
import { VersionInsightsRepository, type VersionEvidence } from './version-insights.repository.js';

type NumberedVersion = Extract<VersionReference, { version: number }>;
type Side = ModulatorVersion & { readonly evidence: VersionEvidence };

/** Something that cannot be told, and why. */
interface Untold {
  readonly reason: string;
}

@Injectable()
export class VersionComparisons {
  constructor(
    private readonly modulators: ModulatorsService,
    private readonly references: VersionReferences,
    private readonly repository: VersionInsightsRepository,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
  ) {}

  /**
   * @param target - number of a version of the same modulator, `latest`, or the id or `task@alias` of any version of the task
   * @throws AppError `modulator_not_found`, `alias_not_found`, `versions_not_comparable` when they are of two tasks
   */
  async compare(projectId: string, reference: NumberedVersion, target: string): Promise<VersionComparison> {
    const from = await this.side(projectId, reference);
    const to = await this.side(projectId, await this.resolve(projectId, reference.modulatorId, target));
    if (from.taskId !== to.taskId) {
      throw new AppError('versions_not_comparable', `One is for ${from.taskName}, the other for ${to.taskName}`);
    }
    const sameBase = from.baseDigest === to.baseDigest;
    const predictions = await this.comparePredictions(from, to);
    const layers = sameBase ? compareLayers(from.evidence.layers, to.evidence.layers) : { reason: OTHER_BASE };
    return {
      from: summarise(from),
      to: summarise(to),
      sameBase,
      sameDatasetVersion: from.evidence.datasetVersionId === to.evidence.datasetVersionId,
      top1: { from: from.metrics.top1, to: to.metrics.top1, difference: to.metrics.top1 - from.metrics.top1 },
      perClass: compareClasses(from.metrics, to.metrics),
      parametersDifference: to.parameters - from.parameters,
      bytesDifference: to.size - from.size,
      predictions: 'reason' in predictions ? null : predictions,
      predictionsReason: 'reason' in predictions ? predictions.reason : null,
      layers: 'reason' in layers ? null : layers,
      layersReason: 'reason' in layers ? layers.reason : null,
    };
  }

  private async resolve(projectId: string, modulatorId: string, target: string): Promise<VersionReference> {
    if (/^mdv_|@/.test(target)) return { id: (await this.references.find(projectId, target)).version.id };
    const version = target === 'latest' ? await this.repository.latest(modulatorId) : Number(target);
    return { modulatorId, version };
  }

  private async side(projectId: string, reference: VersionReference): Promise<Side> {
    const version = await this.modulators.getVersion(projectId, reference);
    return { ...version, evidence: await this.repository.evidence(version.id) };
  }

  private async comparePredictions(from: Side, to: Side): Promise<PairedPredictions | Untold> {
    const [a, b] = [await this.predictionsOf(from), await this.predictionsOf(to)];
    if ('reason' in a) return a;
    if ('reason' in b) return b;
    const paired = matchPredictions(a, b);
    return paired.shared > 0 ? paired : { reason: 'The two were measured on different test images' };
  }

  private async predictionsOf({ version, evidence: { predictions } }: Side): Promise<TestPredictions | Untold> {
    if (predictions === null) return { reason: `Version ${version} was made before its predictions were kept` };
    try {
      return decodePredictions(await readBlob(this.store, predictions.digest, predictions.size));
    } catch (error) {
      if (error instanceof StorageError && error.code === 'object_not_found')
        return { reason: `The predictions of version ${version} are gone` };
      if (error instanceof ArtifactError) return { reason: `The predictions of version ${version} cannot be read` };
      throw error;
    }
  }
}

const OTHER_BASE = 'The two modulate different base networks';
