import {
  DEFAULT_PARAMS_RATIO,
  metaSettingsSchema,
  type BaseNetwork,
  type CreateTrainingJob,
  type DatasetVersion,
  type Task,
} from '@kernelcast/contracts';
import type { Tx } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import { VersionReferences } from '../aliases/version-references.js';
import { BaseNetworksRepository } from '../base-networks/base-networks.repository.js';
import { BaseNetworksService } from '../base-networks/base-networks.service.js';
import { DatasetsRepository } from '../datasets/datasets.repository.js';
import type { Owned } from '../projects/project-access.js';
import { TasksRepository } from '../tasks/tasks.repository.js';
import { assertAhead, assertSameLabels, assertWarmStart, reachableBudget } from './job-rules.js';
import { assertFewShotBudget, assertStart, assertSupport, settleMeta } from './scenario-rules.js';
import type { NewTrainingJob } from './training-jobs.repository.js';

/** An order that can be trained, as far as can be known now. */
export interface PlannedJob {
  readonly order: Omit<NewTrainingJob, 'id' | 'projectId' | 'createdBy'>;
  readonly baseParameters: number;
  readonly budgetParameters: number;
}

interface Ingredients {
  readonly dataset: DatasetVersion;
  readonly base: BaseNetwork;
}
/** What an order may refer to, and as of when. */
interface Scope extends Owned {
  readonly tx: Tx | undefined;
}
type Settled = Pick<NewTrainingJob, 'outputName' | 'budget' | 'meta'>;

/** Checks training orders: everything that would make a job fail and can be seen before it runs. */
@Injectable()
export class JobPlanner {
  constructor(
    private readonly tasks: TasksRepository,
    private readonly datasets: DatasetsRepository,
    private readonly bases: BaseNetworksRepository,
    private readonly baseFiles: BaseNetworksService,
    private readonly versions: VersionReferences,
  ) {}

  /**
   * @throws AppError `task_not_found`, `dataset_not_found`, `base_network_not_found`, `dataset_not_ready`, `conflict`
   *   (base deprecated), `labels_mismatch`, `budget_unreachable`, `method_not_supported`, `modulator_not_found`,
   *   `alias_not_found`, `warm_start_mismatch`, `validation_failed` (deadline passed), `dataset_unsuitable`,
   *   `start_missing`, `name_taken`
   */
  async plan(projectId: string, order: CreateTrainingJob, tx?: Tx): Promise<PlannedJob> {
    const { task: _task, datasetVersion: _version, baseNetwork: _base, dryRun: _dryRun, ...asked } = order;
    const { method, deadline, startFrom } = asked;
    assertAhead(deadline, new Date());
    const scope = { projectId, tx };
    const task = order.task === undefined ? null : await this.findTask(scope, order.task);
    const dataset = await this.findDataset(scope, order.datasetVersion);
    const base = await this.findBase(scope, order.baseNetwork);
    if (task) assertSameLabels(task.labels, dataset.labels);
    const settled = await this.settle(scope, order, { dataset, base });
    const baseParameters = base.parameters;
    const job = { method, budget: settled.budget, graph: await this.baseFiles.graphOf(base), baseParameters };
    if (order.scenario === 'meta') assertFewShotBudget(job);
    const budgetParameters = reachableBudget(job);
    const parts = { taskId: task && task.id, datasetVersionId: dataset.id, baseNetworkId: base.id };
    const start = startFrom === null ? null : (await this.versions.find(projectId, startFrom, tx)).version;
    if (start) assertWarmStart(start, { ...parts, method });
    const planned = { ...asked, ...parts, ...settled, startFrom: start && start.id };
    return { order: planned, baseParameters, budgetParameters };
  }

  /** What the scenario leaves to its base network, its dataset or the usual. */
  private async settle(scope: Scope, order: CreateTrainingJob, { dataset, base }: Ingredients): Promise<Settled> {
    const { scenario, outputName = null, budget = { paramsRatio: DEFAULT_PARAMS_RATIO } } = order;
    if (scenario === 'meta') {
      if (outputName !== null) await this.assertNameFree(scope, outputName);
      return { outputName, budget, meta: settleMeta(metaSettingsSchema.parse(order.meta ?? {}), dataset.classes) };
    }
    if (scenario === 'transfer') return { outputName, budget, meta: null };
    const maker = await this.bases.makerOf(base, scope.tx);
    assertStart(base, maker);
    assertSupport(dataset.classes);
    return { outputName, budget: maker?.budget ?? budget, meta: null };
  }

  private async assertNameFree({ projectId, tx }: Scope, name: string): Promise<void> {
    const taker = await this.bases.takerOf(projectId, name, tx);
    if (taker !== null) throw new AppError('name_taken', `The name "${name}" is taken by ${taker}`);
  }

  private async findTask({ projectId, tx }: Scope, reference: string): Promise<Task> {
    const task = await this.tasks.find(projectId, reference, tx);
    if (!task) throw new AppError('task_not_found', `There is no task "${reference}"`);
    return task;
  }

  private async findDataset({ projectId, tx }: Scope, id: string): Promise<DatasetVersion> {
    const version = await this.datasets.findVersion(projectId, id, tx);
    if (!version) throw new AppError('dataset_not_found', `There is no dataset version ${id}`);
    if (version.state !== 'ready') throw new AppError('dataset_not_ready', `The dataset version is ${version.state}`);
    return version;
  }

  private async findBase({ projectId, tx }: Scope, reference: string): Promise<BaseNetwork> {
    const base = await this.bases.find(projectId, reference, tx);
    if (!base) throw new AppError('base_network_not_found', `There is no base network "${reference}"`);
    if (base.state !== 'active') throw new AppError('conflict', `The base network "${base.name}" is ${base.state}`);
    return base;
  }
}
