import { Module } from '@nestjs/common';
import { TrainersController } from './trainers.controller.js';
import { TrainersRepository } from './trainers.repository.js';

@Module({ controllers: [TrainersController], providers: [TrainersRepository], exports: [TrainersRepository] })
export class TrainersModule {}
