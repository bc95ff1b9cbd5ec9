import type { VersionLineage } from '@kernelcast/contracts';
import { Injectable } from '@nestjs/common';
import type { VersionReference } from '../modulators/modulators.repository.js';
import { ModulatorsService } from '../modulators/modulators.service.js';
import { lineageGraph, rivalOf } from './lineage.js';
import { VersionInsightsRepository, type LineageRow } from './version-insights.repository.js';

/** Versions of one answer; a chain of warm starts is rarely longer than a dozen. */
const MAX_VERSIONS = 200;

@Injectable()
export class VersionLineages {
  constructor(
    private readonly modulators: ModulatorsService,
    private readonly repository: VersionInsightsRepository,
  ) {}

  /**
   * The version, those that its training began at, back to the first, the one it was compared with, and those that were
   * begun at it, each with what it was made from.
   * @throws AppError `modulator_not_found`
   */
  async lineage(projectId: string, reference: VersionReference): Promise<VersionLineage> {
    const { id } = await this.modulators.getVersion(projectId, reference);
    const found = new Map<string, LineageRow>();
    await this.gatherAncestors(id, found);
    const root = found.get(id);
    const rival = root && rivalOf(root);
    if (rival !== undefined) await this.gather([rival], found);
    const complete = await this.gatherDescendants(id, found);
    return { version: id, ...lineageGraph([...found.values()]), truncated: !complete };
  }

  private async gatherAncestors(id: string, found: Map<string, LineageRow>): Promise<void> {
    let next: string[] = [id];
    // Ends by itself: a version is made from older ones only.
    while (next.length > 0 && found.size < MAX_VERSIONS) {
      const rows = await this.gather(next, found);
      next = rows.flatMap(({ trainingJob }) => trainingJob.startFromId ?? []);
    }
  }

  /** @returns whether all were gathered */
  private async gatherDescendants(id: string, found: Map<string, LineageRow>): Promise<boolean> {
    let next: string[] = [id];
    while (next.length > 0) {
      const room = MAX_VERSIONS - found.size;
      const children = await this.repository.startedFrom(next, room + 1);
      if (children.length > room) {
        await this.gather(children.slice(0, room), found);
        return false;
      }
      await this.gather(children, found);
      next = children;
    }
    return true;
  }

  private async gather(ids: readonly string[], found: Map<string, LineageRow>): Promise<LineageRow[]> {
    const rows = await this.repository.origins(ids.filter((id) => !found.has(id)));
    for (const row of rows) found.set(row.id, row);
    return rows;
  }
}
