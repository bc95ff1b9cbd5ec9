import { Module } from '@nestjs/common';
import { AliasesModule } from '../aliases/aliases.module.js';
import { BaseNetworksModule } from '../base-networks/base-networks.module.js';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { JobQueueModule } from '../job-queue/job-queue.module.js';
import { TasksModule } from '../tasks/tasks.module.js';
import { TrainersModule } from '../trainers/trainers.module.js';
import { DryRuns } from './dry-runs.service.js';
import { JobControl } from './job-control.service.js';
import { JobDurationsRepository } from './job-durations.repository.js';
import { JobEventsController } from './job-events.controller.js';
import { JobEventsRepository } from './job-events.repository.js';
import { JobEventsService } from './job-events.service.js';
import { JobMetricsController } from './job-metrics.controller.js';
import { JobMetricsRepository } from './job-metrics.repository.js';
import { JobMetricsService } from './job-metrics.service.js';
import { JobPlanner } from './job-planner.service.js';
import { OverdueJobs } from './overdue-jobs.service.js';
import { TrainingJobsController } from './training-jobs.controller.js';
import { TrainingJobsRepository } from './training-jobs.repository.js';
import { TrainingJobsService } from './training-jobs.service.js';

@Module({
  imports: [BaseNetworksModule, DatasetsModule, TasksModule, AliasesModule, TrainersModule, JobQueueModule],
  controllers: [TrainingJobsController, JobEventsController, JobMetricsController],
  providers: [
    TrainingJobsRepository,
    JobEventsRepository,
    JobMetricsRepository,
    JobDurationsRepository,
    JobPlanner,
    DryRuns,
    TrainingJobsService,
    JobControl,
    JobEventsService,
    JobMetricsService,
    OverdueJobs,
  ],
  exports: [DryRuns, TrainingJobsService],
})
export class TrainingJobsModule {}
