import { randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;
/** Shown in lists so that people can tell their keys apart; too little to guess the rest. */
const PREFIX_CHARACTERS = 8;

/** `kc_` and 256 random bits in base64url. */
export const newApiKeySecret = (): string => `kc_${randomBytes(SECRET_BYTES).toString('base64url')}`;

/** 256 random bits in base64url: session and enrolment tokens. */
export const newToken = (): string => randomBytes(SECRET_BYTES).toString('base64url');

export const prefixOf = (secret: string): string => secret.slice(0, PREFIX_CHARACTERS);
