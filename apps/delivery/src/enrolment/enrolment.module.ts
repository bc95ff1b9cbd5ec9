import { Module } from '@nestjs/common';
import { EnrolmentController } from './enrolment.controller.js';
import { EnrolmentRepository } from './enrolment.repository.js';
import { EnrolmentService } from './enrolment.service.js';

@Module({ controllers: [EnrolmentController], providers: [EnrolmentRepository, EnrolmentService] })
export class EnrolmentModule {}
