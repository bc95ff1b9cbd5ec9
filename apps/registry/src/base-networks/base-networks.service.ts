import type { BaseNetwork, BaseNetworkDetail, ListBaseNetworksQuery, Page } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import { blobKey, OBJECT_STORE, type ObjectStore } from '@kernelcast/storage';
import { Inject, Injectable } from '@nestjs/common';
import { MAX_GRAPH_BYTES, readGraph } from './base-network-files.js';
import { BaseNetworksRepository } from './base-networks.repository.js';
import { layersOf, type Graph } from './graph.js';
import { modulationSizes } from './modulation-sizes.js';

@Injectable()
export class BaseNetworksService {
  constructor(
    private readonly bases: BaseNetworksRepository,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
  ) {}

  /** @throws AppError `base_network_not_found` */
  async get(projectId: string, reference: string): Promise<BaseNetwork> {
    const base = await this.bases.find(projectId, reference);
    if (!base) throw new AppError('base_network_not_found', `There is no base network "${reference}"`);
    return base;
  }

  /** A base network with what its graph says. @throws AppError `base_network_not_found` */
  async describe(projectId: string, reference: string): Promise<BaseNetworkDetail> {
    const base = await this.get(projectId, reference);
    const graph = await this.graphOf(base);
    const { featureSize, input } = graph;
    return {
      ...base,
      featureSize,
      mean: input.mean,
      std: input.std,
      layers: layersOf(graph),
      modulation: modulationSizes(graph, base.parameters),
    };
  }

  list(projectId: string, query: ListBaseNetworksQuery): Promise<Page<BaseNetwork>> {
    return this.bases.list(projectId, query);
  }

  async graphOf({ graphDigest }: BaseNetwork): Promise<Graph> {
    return readGraph(await this.store.read(blobKey(graphDigest), MAX_GRAPH_BYTES));
  }
}
