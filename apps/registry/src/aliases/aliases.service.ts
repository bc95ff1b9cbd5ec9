import type {
  AliasChange,
  Page,
  PageQuery,
  rollBackAliasSchema,
  setAliasSchema,
  Task,
  TaskAlias,
} from '@kernelcast/contracts';
import type { Tx } from '@kernelcast/database';
import { AppError, assertPrecondition } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { ModulatorsRepository } from '../modulators/modulators.repository.js';
import { toPage } from '../paging/paging.js';
import type { Owned } from '../projects/project-access.js';
import { TasksService } from '../tasks/tasks.service.js';
import { mayName } from './alias-rules.js';
import { AliasesRepository, type AliasMove, type StoredAlias } from './aliases.repository.js';

interface Naming extends Owned {
  readonly task: Task;
  readonly name: string;
  readonly modulatorVersionId: string;
}
type Moved = Pick<AliasMove, 'action' | 'before' | 'reason'> & { readonly actor: Actor };

/** An alias of a task, which is named by its id or its name. */
export interface AliasReference {
  readonly task: string;
  readonly name: string;
}

@Injectable()
export class AliasesService {
  constructor(
    private readonly aliases: AliasesRepository,
    private readonly tasks: TasksService,
    private readonly modulators: ModulatorsRepository,
    private readonly changes: Changes,
  ) {}

  /** @throws AppError `task_not_found` */
  async list(projectId: string, task: string): Promise<{ data: TaskAlias[] }> {
    return { data: await this.aliases.list((await this.tasks.get(projectId, task)).id) };
  }

  /** @throws AppError `task_not_found`, `alias_not_found` */
  async get(projectId: string, { task, name }: AliasReference): Promise<TaskAlias> {
    return (await this.find(await this.tasks.get(projectId, task), name)).shown;
  }

  /** @throws AppError as {@link get} */
  async history(projectId: string, reference: AliasReference, query: PageQuery): Promise<Page<AliasChange>> {
    const { taskId, name } = await this.get(projectId, reference);
    return toPage(await this.aliases.listChanges(taskId, name, query), query, ({ revision }) => String(revision));
  }

  /**
   * Lets an alias name a version. Nothing happens when it does already.
   * @throws AppError `task_not_found`, `modulator_not_found`, `version_not_approved`, `conflict`, `precondition_failed`
   */
  async set(
    actor: Actor,
    { task: reference, name }: AliasReference,
    { modulatorVersionId, expectedVersion, reason }: z.infer<typeof setAliasSchema>,
  ): Promise<TaskAlias> {
    const task = await this.tasks.get(actor.projectId, reference);
    return this.changes.commit(actor, async (tx) => {
      await this.aliases.lockTask(tx, task.id);
      const before = await this.aliases.find(task.id, name, tx);
      assertPrecondition(actor.precondition, before?.shown ?? null);
      assertExpected(expectedVersion, before);
      await this.assertNameable(tx, { projectId: actor.projectId, task, name, modulatorVersionId });
      if (before?.shown.modulatorVersionId === modulatorVersionId) return { result: before.shown };
      const by = { action: 'set', before, actor, reason } as const;
      return accountOf(by, await this.aliases.move(tx, { ...by, taskId: task.id, name, modulatorVersionId }));
    });
  }

  /**
   * Lets an alias name what it was set to before, the latest version other than the present one that it still may name.
   * Rolled back again, it goes further back.
   * @throws AppError `task_not_found`, `alias_not_found`; `conflict` when there is no such version
   */
  async rollBack(
    actor: Actor,
    { task: reference, name }: AliasReference,
    { reason }: z.infer<typeof rollBackAliasSchema>,
  ): Promise<TaskAlias> {
    const task = await this.tasks.get(actor.projectId, reference);
    return this.changes.commit(actor, async (tx) => {
      await this.aliases.lockTask(tx, task.id);
      const before = await this.find(task, name, tx);
      const earlier = await this.aliases.listEarlier(tx, before);
      const present = before.shown.modulatorVersionId;
      const target = earlier.find(({ modulatorVersionId: id, state }) => id !== present && mayName(name, state));
      if (!target) throw new AppError('conflict', `${task.name}@${name} named no other version that may still be used`);
      const { modulatorVersionId, setRevision: backTo } = target;
      const by = { action: 'rollback', before, actor, reason } as const;
      return accountOf(by, await this.aliases.move(tx, { ...by, taskId: task.id, name, modulatorVersionId, backTo }));
    });
  }

  private async find({ id, name: task }: Task, name: string, tx?: Tx): Promise<StoredAlias> {
    const alias = await this.aliases.find(id, name, tx);
    if (!alias) throw new AppError('alias_not_found', `There is no alias ${task}@${name}`);
    return alias;
  }

  private async assertNameable(tx: Tx, { projectId, task, name, modulatorVersionId }: Naming): Promise<void> {
    const version = await this.modulators.findVersion(projectId, { id: modulatorVersionId }, tx);
    if (version?.taskId !== task.id) {
      throw new AppError('modulator_not_found', `Task ${task.name} has no modulator version ${modulatorVersionId}`);
    }
    if (mayName(name, version.state)) return;
    throw new AppError('version_not_approved', `A version that is ${version.state} cannot be ${task.name}@${name}`);
  }
}

const assertExpected = (expected: string | null | undefined, before: StoredAlias | null): void => {
  const present = before?.shown.modulatorVersionId ?? null;
  if (expected === undefined || expected === present) return;
  throw new AppError('precondition_failed', `The alias names ${present ?? 'nothing'} now`);
};

/** What is written down of a move, and told of it. */
const accountOf = ({ action, before, actor, reason }: Moved, after: TaskAlias) => {
  const { taskId, taskName, name, modulatorVersionId: to, revision } = after;
  const from = before?.shown.modulatorVersionId ?? null;
  const moved = { taskId, taskName, alias: name, from, to, movedBy: actor.id };
  return {
    result: after,
    audit: {
      action: `task_alias.${action}`,
      resource: taskId,
      before: from === null ? null : { name, modulatorVersionId: from },
      after: { name, modulatorVersionId: to, revision, reason },
    },
    events: [{ type: 'alias.moved' as const, data: moved, projectId: actor.projectId }],
  };
};
