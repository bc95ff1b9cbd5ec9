import { Module } from '@nestjs/common';
import { BaseNetworksModule } from '../base-networks/base-networks.module.js';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { JobQueueModule } from '../job-queue/job-queue.module.js';
import { TasksModule } from '../tasks/tasks.module.js';
import { JobEventsController } from './job-events.controller.js';
import { JobEventsRepository } from './job-events.repository.js';
import { JobEventsService } from './job-events.service.js';
import { JobPlanner } from './job-planner.service.js';
import { TrainingJobsController } from './training-jobs.controller.js';
import { TrainingJobsRepository } from './training-jobs.repository.js';
import { TrainingJobsService } from './training-jobs.service.js';

@Module({
  imports: [BaseNetworksModule, DatasetsModule, TasksModule, JobQueueModule],
  controllers: [TrainingJobsController, JobEventsController],
  providers: [TrainingJobsRepository, JobEventsRepository, JobPlanner, TrainingJobsService, JobEventsService],
})
export class TrainingJobsModule {}
