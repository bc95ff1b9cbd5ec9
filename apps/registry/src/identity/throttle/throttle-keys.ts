import { createHmac } from 'node:crypto';

/**
 * Name under which attempts are counted. Keyed, since people also type their password where the address belongs, and
 * since the table would otherwise tell who tried to log in.
 */
export const throttleKey = (kind: 'account' | 'address', value: string, masterKey: Uint8Array): string =>
  createHmac('sha256', masterKey).update(`kernelcast login throttle ${kind} ${value}`).digest('base64url');
