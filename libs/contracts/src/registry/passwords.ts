import { z } from 'zod';

/** NIST SP 800-63B-4 asks for 8 beside a second factor and 15 without; 12 with slow guessing lies between them. */
export const MIN_PASSWORD_LENGTH = 12;
/** Passphrases fit; hashing more would be work for nothing. */
export const MAX_PASSWORD_LENGTH = 256;

export const newPasswordSchema = z.string().min(MIN_PASSWORD_LENGTH).max(MAX_PASSWORD_LENGTH);
/** What somebody types to log in: any text, as rules may have been others when the password was chosen. */
export const givenPasswordSchema = z.string().min(1).max(MAX_PASSWORD_LENGTH);
