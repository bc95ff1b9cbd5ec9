import { createHash } from 'node:crypto';

/**
 * What is stored of a secret that we made: SHA-256 in hexadecimal. A slow hash would add nothing, since such secrets are
 * 256 random bits that nobody can try through.
 */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex');
