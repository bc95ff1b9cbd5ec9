import type { CreateGarbageCollection, GarbageCollection, Page, PageQuery } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { Author } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { pageById } from '../paging/paging.js';
import { CollectionsRepository } from './collections.repository.js';

@Injectable()
export class CollectionsService {
  constructor(
    private readonly collections: CollectionsRepository,
    private readonly changes: Changes,
  ) {}

  /** Asks for a collection, which some registry begins soon. @throws AppError `conflict` while there is another one */
  async create(actor: Author, { dryRun, minAgeSeconds }: CreateGarbageCollection): Promise<GarbageCollection> {
    return this.changes.commit(actor, async (tx) => {
      const result = await this.collections.create(tx, { dryRun, minAgeSeconds, requestedBy: actor.id });
      if (!result) throw new AppError('conflict', 'Another garbage collection is waiting or running');
      const audit = { action: 'garbage_collection.create', resource: result.id, projectId: null };
      return { result, audit: { ...audit, after: { dryRun, minAgeSeconds } } };
    });
  }

  async list(query: PageQuery): Promise<Page<GarbageCollection>> {
    return pageById(await this.collections.list(query), query);
  }

  /** @throws AppError `garbage_collection_not_found` */
  async get(id: string): Promise<GarbageCollection> {
    const collection = await this.collections.find(id);
    if (!collection) throw new AppError('garbage_collection_not_found', `There is no garbage collection ${id}`);
    return collection;
  }
}
