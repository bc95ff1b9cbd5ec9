import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { fromPhc, toPhc, type Argon2idHash } from './phc.js';

/**
 * Costs of one hash: the second of the equally strong choices in OWASP's Password Storage Cheat Sheet
 * (https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id): 19 MiB, two passes, one
 * lane. Hashes made with less are made anew at the next login.
 */
export const ARGON2ID_COSTS = { memory: 19_456, passes: 2, parallelism: 1 } as const;
/** RFC 9106, section 3.1: 128 bits of salt suffice for passwords. */
const SALT_BYTES = 16;
const TAG_BYTES = 32;

type Costs = Pick<Argon2idHash, 'memory' | 'passes' | 'parallelism'>;

// Node computes it in the thread pool: the event loop stays free.
const derive = promisify(argon2);

/** People type the same letter in several ways of Unicode; RFC 8265 asks for one of them. */
const bytesOf = (password: string): Buffer => Buffer.from(password.normalize('NFC'), 'utf8');

/** Hashes a password with a fresh salt. @returns a PHC string */
export const hashPassword = async (password: string, costs: Costs = ARGON2ID_COSTS): Promise<string> => {
  const { memory, passes, parallelism } = costs;
  const salt = randomBytes(SALT_BYTES);
  const cost = { memory, passes, parallelism, tagLength: TAG_BYTES };
  const tag = await derive('argon2id', { message: bytesOf(password), nonce: salt, ...cost });
  return toPhc({ memory, passes, parallelism, salt, tag });
};

/** Whether a password is the one that a PHC string was made of. Whatever is no PHC string of argon2id fits none. */
export const verifyPassword = async (password: string, phc: string): Promise<boolean> => {
  const hash = fromPhc(phc);
  if (!hash) return false;
  const { memory, passes, parallelism, salt, tag } = hash;
  const cost = { memory, passes, parallelism, tagLength: tag.length };
  const computed = await derive('argon2id', { message: bytesOf(password), nonce: salt, ...cost });
  return timingSafeEqual(computed, tag);
};

/** Whether a hash was made with less than {@link ARGON2ID_COSTS}. */
export const isOutdated = (phc: string): boolean => {
  const hash = fromPhc(phc);
  return !hash || hash.memory < ARGON2ID_COSTS.memory || hash.passes < ARGON2ID_COSTS.passes;
};
