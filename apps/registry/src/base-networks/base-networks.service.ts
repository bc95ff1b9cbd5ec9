import type { BaseNetwork, Page, ListBaseNetworksQuery } from '@kernelcast/contracts';
import { newId } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { blobKey, OBJECT_STORE, putBlob, type ObjectStore } from '@kernelcast/storage';
import { Inject, Injectable } from '@nestjs/common';
import { withFingerprint, type Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { MAX_GRAPH_BYTES, parseJson, readBaseNetworkFiles, readGraph } from './base-network-files.js';
import { BaseNetworksRepository } from './base-networks.repository.js';
import type { Graph } from './graph.js';

export interface BaseNetworkUpload {
  readonly name: string;
  readonly graph: Uint8Array;
  readonly weights: Uint8Array;
}

@Injectable()
export class BaseNetworksService {
  constructor(
    private readonly bases: BaseNetworksRepository,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
    private readonly changes: Changes,
  ) {}

  /** @throws AppError `base_network_invalid` when the files are no base network, `name_taken` */
  async create(actor: Actor, { name, graph: graphJson, weights }: BaseNetworkUpload): Promise<BaseNetwork> {
    const files = await readBaseNetworkFiles(graphJson, weights);
    // Blobs first: a row must never name bytes that are not there. Without the row they are only unused.
    await putBlob(this.store, files.graphBytes);
    await putBlob(this.store, weights);
    const { graph, graphBytes: _, ...identity } = files;
    const { height: inputHeight, width: inputWidth } = graph.input;
    const shape = { architecture: graph.name, weightsSize: weights.byteLength, inputHeight, inputWidth };
    return this.changes.commit(withFingerprint(actor, `${name} ${files.digest}`), async (tx) => {
      const base = await this.bases.create(tx, { id: newId('baseNetwork'), name, ...identity, ...shape });
      if (!base) throw new AppError('name_taken', `A base network named "${name}" or with the same files exists`);
      return { result: base, audit: { action: 'base_network.create', resource: base.id, after: base } };
    });
  }

  /** @throws AppError `base_network_not_found` */
  async get(projectId: string, reference: string): Promise<BaseNetwork> {
    const base = await this.bases.find(projectId, reference);
    if (!base) throw new AppError('base_network_not_found', `There is no base network "${reference}"`);
    return base;
  }

  list(projectId: string, query: ListBaseNetworksQuery): Promise<Page<BaseNetwork>> {
    return this.bases.list(projectId, query);
  }

  async graphOf({ graphDigest }: BaseNetwork): Promise<Graph> {
    return readGraph(parseJson(await this.store.read(blobKey(graphDigest), MAX_GRAPH_BYTES)));
  }
}
