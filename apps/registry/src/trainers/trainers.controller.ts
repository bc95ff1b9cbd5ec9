import { registryRoutes, type Trainer } from '@kernelcast/contracts';
import { Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import { TrainersRepository } from './trainers.repository.js';

@Controller()
export class TrainersController {
  constructor(private readonly trainers: TrainersRepository) {}

  @Route(registryRoutes.listTrainers)
  async list(): Promise<{ data: Trainer[] }> {
    return { data: await this.trainers.list() };
  }
}
