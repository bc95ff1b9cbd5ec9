import { z } from 'zod';
import { toApiError, type RegistryClientOptions } from './registry-client.js';

const versionSchema = z.object({ service: z.string(), version: z.string() });

/**
 * The version of the registry at an address; it needs no credential.
 * @throws ApiError when it cannot be reached, or something else answers there
 */
export const getServerVersion = async ({ baseUrl, fetch }: RegistryClientOptions): Promise<string> => {
  const response = await (fetch ?? globalThis.fetch)(`${baseUrl}/version`).catch((error: unknown) => {
    throw toApiError(error, undefined);
  });
  const answer = versionSchema.safeParse(await response.json().catch(() => undefined));
  if (!response.ok || !answer.success) throw toApiError(undefined, response);
  return answer.data.version;
};
