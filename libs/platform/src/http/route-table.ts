import type { INestApplication } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { RouteDefinition } from '@kernelcast/contracts';
import { routeOfMethod } from './route.decorator.js';

/** The controllers and the contracts disagree about which operations there are. */
export class RouteTableError extends Error {
  readonly code = 'route_table_mismatch';

  constructor(faults: readonly string[]) {
    super(`The route table is not served as declared:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'RouteTableError';
  }
}

const boundOperations = (app: INestApplication): string[] => {
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [...module.controllers.values()]);
  return controllers.flatMap(({ metatype }) => {
    const prototype = (typeof metatype === 'function' ? metatype.prototype : {}) as Record<string, unknown>;
    const methods = Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
    return methods.flatMap((name) => routeOfMethod(prototype[name])?.operationId ?? []);
  });
};

/**
 * Checks that every operation of a route table has exactly one handler, so that a forgotten controller fails the boot
 * and not a customer. `servedElsewhere` names operations that a path outside of Nest's controllers answers.
 * @throws RouteTableError
 */
export const assertRoutesServed = (
  app: INestApplication,
  routes: Readonly<Record<string, RouteDefinition>>,
  servedElsewhere: readonly string[] = [],
): void => {
  const bound = boundOperations(app);
  const declared = Object.values(routes).map((route) => route.operationId);
  const count = (operation: string): number =>
    [...bound, ...servedElsewhere].filter((candidate) => candidate === operation).length;
  const faults = [
    ...declared.filter((id) => count(id) === 0).map((id) => `${id} has no handler`),
    ...declared.filter((id) => count(id) > 1).map((id) => `${id} has ${count(id)} handlers`),
    ...bound.filter((id) => !declared.includes(id)).map((id) => `${id} is not in the route table`),
  ];
  if (faults.length > 0) throw new RouteTableError(faults);
};
