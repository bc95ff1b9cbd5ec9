import type {
  createApiKeySchema,
  createdApiKeySchema,
  createdSessionSchema,
  createSessionSchema,
  KeyScope,
  rotateApiKeySchema,
} from '@kernelcast/contracts';
import type { z } from 'zod';
import type { Identity } from '../projects/project-access.js';

export type CreatedApiKey = z.infer<typeof createdApiKeySchema>;
export type CreateApiKey = z.infer<typeof createApiKeySchema>;
export type RotateApiKey = z.infer<typeof rotateApiKeySchema>;
export type CreateSession = z.infer<typeof createSessionSchema>;
export type CreatedSession = z.infer<typeof createdSessionSchema>;
export type LoginMethod = 'password' | 'api_key' | 'oidc';

/** Who somebody is, and by which credential they come. */
export interface CredentialIdentity extends Identity {
  readonly kind: 'user' | 'api_key';
  /** What the credential narrows the role to; null when it does not. */
  readonly scopes: readonly KeyScope[] | null;
  /** When an API key expires, which nothing made by it may outlive. */
  readonly expiresAt: Date | null;
  readonly sessionId?: string;
}
