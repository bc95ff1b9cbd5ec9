import type { apiKeySchema, createApiKeySchema, createdApiKeySchema } from '@kernelcast/contracts';
import type { z } from 'zod';

export type ApiKey = z.infer<typeof apiKeySchema>;
export type CreatedApiKey = z.infer<typeof createdApiKeySchema>;
export type CreateApiKey = z.infer<typeof createApiKeySchema>;

/** A new session: its token goes into the cookie and is not kept. */
export interface NewSession {
  readonly token: string;
  readonly expiresAt: Date;
}
