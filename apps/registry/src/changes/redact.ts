/** Names of members whose texts are secrets, whoever writes them. */
const SECRET_NAME = /secret|token|password|passphrase|credential|private_?key|cookie|authorization|recovery/i;
/** What such names end in when they tell about a secret and are none: when it ends, which one it is, how many. */
const ABOUT_A_SECRET = /(at|until|id|ids|count|seconds|type|kind|enabled|scopes|expires)$/i;
/** Secrets of our own making, wherever they stand: API keys, webhook secrets, JSON Web Tokens and Signatures with them. */
const SECRET_TEXT = /\b(?:kc|ks|whsec|whsk)_[A-Za-z0-9+/_=-]{16,}|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+/g;

const REDACTED = '[redacted]';

const isSecret = (name: string): boolean => SECRET_NAME.test(name) && !ABOUT_A_SECRET.test(name);

const redactValue = (value: unknown): unknown => {
  if (typeof value === 'string') return value.replaceAll(SECRET_TEXT, REDACTED);
  if (Array.isArray(value)) return value.map(redactValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      isSecret(name) && member !== null ? REDACTED : redactValue(member),
    ]),
  );
};

/**
 * What may be kept for ever of a value: JSON, without secrets. Every audit entry goes through this, so that no service
 * has to think of it.
 */
export const redact = (value: unknown): unknown => {
  // By way of its text, so that a date is what the database will give back and not an object without members.
  const text = JSON.stringify(value ?? null);
  return redactValue(JSON.parse(text));
};
