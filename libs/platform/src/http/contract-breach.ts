import type { RouteDefinition } from '@kernelcast/contracts';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Path of a field that was sent although the schema does not name it (a parse drops such fields), if there is one. */
const surplusField = (sent: unknown, parsed: unknown, path: string): string | undefined => {
  if (!isObject(sent)) return undefined;
  if (!isObject(parsed)) return path;
  for (const [key, value] of Object.entries(sent)) {
    if (!Object.hasOwn(parsed, key)) return `${path}/${key}`;
    const below = surplusField(value, parsed[key], `${path}/${key}`);
    if (below) return below;
  }
  return undefined;
};

/**
 * Says how a handler's answer differs from what its route promises, or `undefined` when it keeps the promise. The
 * answer is looked at as JSON, as the client will see it; fields that the contract does not name count as a breach,
 * since that is how secrets leak.
 */
export const contractBreach = ({ success }: RouteDefinition, value: unknown): string | undefined => {
  if (typeof success.body === 'string') return undefined;
  if (success.alternative !== undefined && typeof value === 'string') return undefined;
  if (success.body === null) return value === undefined || value === null ? undefined : 'an empty body was promised';
  const sent: unknown = value === undefined ? undefined : JSON.parse(JSON.stringify(value));
  const result = success.body.safeParse(sent);
  if (result.error)
    return result.error.issues.map((issue) => `/${issue.path.map(String).join('/')}: ${issue.message}`).join('; ');
  const surplus = surplusField(sent, result.data, '');
  return surplus && `${surplus}: not part of the contract`;
};
