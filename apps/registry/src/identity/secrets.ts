import { randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;

/** 256 random bits in base64url: enrolment tokens. */
export const newToken = (): string => randomBytes(SECRET_BYTES).toString('base64url');
