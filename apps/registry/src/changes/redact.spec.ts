import { registryRoutes, type RouteDefinition } from '@kernelcast/contracts';
import { z } from 'zod';
import { redact } from './redact.js';

interface JsonSchema {
  readonly description?: string;
  readonly properties?: Record<string, JsonSchema>;
  readonly [key: string]: unknown;
}

/** Names of all members that a schema describes as shown once, at any depth. */
const shownOnce = (schema: unknown): string[] => {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {} } = schema as JsonSchema;
  const here = Object.entries(properties).flatMap(([name, { description = '' }]) =>
    /shown once/i.test(description) ? [name] : [],
  );
  return [...here, ...Object.values(schema).flatMap(shownOnce)];
};

const routes: RouteDefinition[] = Object.values(registryRoutes);
const bodies = routes.flatMap(({ operationId, body, success }) =>
  [body, success.body].flatMap((schema) => (schema instanceof z.ZodType ? [{ operationId, schema }] : [])),
);
const secrets = bodies.flatMap(({ operationId, schema }) =>
  [...new Set(shownOnce(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })))].map(
    (name) => [operationId, name] as const,
  ),
);

describe('redact', () => {
  it('finds operations that show something once', () => {
    expect(secrets.map(([operationId]) => operationId)).toEqual(
      expect.arrayContaining(['createApiKey', 'createEnrolmentToken', 'createWebhook', 'rotateWebhookSecret']),
    );
  });

  it.each(secrets)('hides what %s shows once, its %s', (_, name) => {
    expect(JSON.stringify(redact({ deep: [{ [name]: 'hidden' }] }))).not.toContain('hidden');
  });

  it.each([
    'password',
    'currentPassword',
    'secretHash',
    'clientSecret',
    'privateKey',
    'authorization',
    'recoveryCodes',
  ])('hides %s', (name) => expect(redact({ [name]: 'hidden' })).toEqual({ [name]: '[redacted]' }));

  it('hides secrets of our own making wherever they stand', () => {
    const text = `see kc_${'A'.repeat(43)} and whsec_${'b'.repeat(44)}, signed`;
    expect(redact({ comment: text })).toEqual({ comment: 'see [redacted] and [redacted], signed' });
  });

  it('leaves what tells about a secret, and everything else as JSON has it', () => {
    const at = new Date(0);
    expect(redact({ tokenId: 'enr_1', previousSecretUntil: at, at, none: undefined, tokens: null })).toEqual({
      tokenId: 'enr_1',
      previousSecretUntil: '1970-01-01T00:00:00.000Z',
      at: '1970-01-01T00:00:00.000Z',
      tokens: null,
    });
    expect(redact(undefined)).toBeNull();
  });
});
