import { registryRoutes, type Page, type RouteInput, type User } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import type { Actor } from '../../changes/actor.js';
import { CurrentActor } from '../current-actor.decorator.js';
import { UsersService } from './users.service.js';
import type { CreatedUser, PasswordReset } from './users.types.js';

@Controller()
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Route(registryRoutes.listUsers)
  list(@Input() { query }: RouteInput<typeof registryRoutes.listUsers>): Promise<Page<User>> {
    return this.users.list(query);
  }

  @Route(registryRoutes.createUser)
  create(
    @CurrentActor() actor: Actor,
    @Input() { body }: RouteInput<typeof registryRoutes.createUser>,
  ): Promise<CreatedUser> {
    return this.users.create(actor, body);
  }

  @Route(registryRoutes.getUser)
  get(@Input() { params }: RouteInput<typeof registryRoutes.getUser>): Promise<User> {
    return this.users.get(params.id);
  }

  @Route(registryRoutes.updateUser)
  update(
    @CurrentActor() actor: Actor,
    @Input() { params, body }: RouteInput<typeof registryRoutes.updateUser>,
  ): Promise<User> {
    return this.users.update(actor, params.id, body);
  }

  @Route(registryRoutes.resetUserPassword)
  resetPassword(
    @CurrentActor() actor: Actor,
    @Input() { params }: RouteInput<typeof registryRoutes.resetUserPassword>,
  ): Promise<PasswordReset> {
    return this.users.resetPassword(actor, params.id);
  }
}
