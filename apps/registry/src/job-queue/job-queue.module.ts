import { Module } from '@nestjs/common';
import { JobQueue } from './job-queue.service.js';
import { LostMessages } from './lost-messages.service.js';

@Module({ providers: [JobQueue, LostMessages], exports: [JobQueue] })
export class JobQueueModule {}
