import { expect } from '@jest/globals';
import type { ApiAnswer, ApiRequest, TestRegistry } from './registry-app.js';

export const PASSWORD = 'seven quiet otters at dawn';

/** Somebody with a password and a session whose token they send. */
interface Person {
  readonly id: string;
  readonly email: string;
  readonly as: ApiRequest;
}

/** Logs in with a password, for a session token. */
export const logIn = (
  registry: TestRegistry,
  email: string,
  password = PASSWORD,
): Promise<ApiAnswer<{ token: string }>> =>
  registry.post('/v1/sessions', { email, password, as: 'token' }, { key: null });

/** Makes a user with a password, and logs them in. */
export const person = async (registry: TestRegistry, name: string, rights: object): Promise<Person> => {
  const email = `${name}@people.example`;
  const { id } = await registry.made<{ id: string }>('/v1/users', { email, name, password: PASSWORD, ...rights });
  const { status, body } = await logIn(registry, email);
  expect(status).toBe(201);
  return { id, email, as: { key: body.token } };
};
