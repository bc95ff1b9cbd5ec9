import { registryRoutes, type GarbageCollection, type Page, type RouteInput } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { CurrentActor } from '../identity/current-actor.decorator.js';
import { CollectionRunner } from './collection-runner.service.js';
import { CollectionsService } from './collections.service.js';

type In<R extends keyof typeof registryRoutes> = RouteInput<(typeof registryRoutes)[R]>;

@Controller()
export class GarbageController {
  constructor(
    private readonly collections: CollectionsService,
    private readonly runner: CollectionRunner,
  ) {}

  @Route(registryRoutes.createGarbageCollection)
  async create(
    @CurrentActor() actor: Actor,
    @Input() { body }: In<'createGarbageCollection'>,
  ): Promise<GarbageCollection> {
    const collection = await this.collections.create(actor, body);
    this.runner.wake();
    return collection;
  }

  @Route(registryRoutes.listGarbageCollections)
  list(@Input() { query }: In<'listGarbageCollections'>): Promise<Page<GarbageCollection>> {
    return this.collections.list(query);
  }

  @Route(registryRoutes.getGarbageCollection)
  get(@Input() { params }: In<'getGarbageCollection'>): Promise<GarbageCollection> {
    return this.collections.get(params.id);
  }
}
