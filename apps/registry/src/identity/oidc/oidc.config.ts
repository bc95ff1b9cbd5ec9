import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { groupRuleSchema, type GroupRule } from './group-roles.js';

/** Asymmetric algorithms of RFC 7518 and RFC 8037; `none` and shared secrets sign no identity here. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;

const jsonText = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue({ code: 'custom', message: 'must be JSON' });
    return z.NEVER;
  }
});

const isLoopback = ({ hostname }: URL): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
const secureUrl = z
  .url({ protocol: /^https?$/ })
  .refine((url) => new URL(url).protocol === 'https:' || isLoopback(new URL(url)), 'must be an https:// URL');

/** Variables of the environment by which logging in through an OpenID Connect provider is configured. */
export const oidcEnvironment = {
  /** The provider's issuer identifier; without it there is no such login. */
  KERNELCAST_OIDC_ISSUER: secureUrl.optional(),
  KERNELCAST_OIDC_CLIENT_ID: z.string().max(200).optional(),
  KERNELCAST_OIDC_CLIENT_SECRET: z.string().max(1000).optional(),
  /** File that holds the client secret, e.g. a mounted Kubernetes secret. */
  KERNELCAST_OIDC_CLIENT_SECRET_FILE: z.string().optional(),
  /** What the login page calls it. */
  KERNELCAST_OIDC_NAME: z.string().max(80).default('Single sign-on'),
  KERNELCAST_OIDC_SCOPES: z.string().max(500).default('openid email profile'),
  /** The one algorithm that ID tokens may be signed with. */
  KERNELCAST_OIDC_ALGORITHM: z.enum(ALGORITHMS).default('RS256'),
  /** Claim of the ID token that lists somebody's groups. */
  KERNELCAST_OIDC_GROUPS_CLAIM: z.string().max(200).default('groups'),
  /** JSON array of `{group, project, role}` and `{group, admin: true}`. */
  KERNELCAST_OIDC_ROLES: jsonText.pipe(z.array(groupRuleSchema).max(500)).default([]),
  /** Makes a user of whoever logs in for the first time. */
  KERNELCAST_OIDC_CREATE_USERS: z.stringbool().default(false),
  /** Takes addresses for verified although the provider does not say so (Entra ID never does). */
  KERNELCAST_OIDC_TRUST_EMAIL: z.stringbool().default(false),
  /** Where people reach the registry, e.g. `https://kernelcast.example`: the provider sends them back there. */
  KERNELCAST_PUBLIC_URL: secureUrl.optional(),
} as const;
type OidcEnvironment = z.infer<z.ZodObject<typeof oidcEnvironment>>;

/** Faults between the variables, for a refinement of the whole configuration. */
export const checkOidc = (env: OidcEnvironment, context: z.RefinementCtx): void => {
  if (!env.KERNELCAST_OIDC_ISSUER) return;
  for (const name of ['KERNELCAST_OIDC_CLIENT_ID', 'KERNELCAST_PUBLIC_URL'] as const) {
    if (!env[name])
      context.addIssue({ code: 'custom', path: [name], message: 'is needed with KERNELCAST_OIDC_ISSUER' });
  }
};

/** How to log in through the provider. */
export interface OidcSettings {
  readonly issuer: URL;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly name: string;
  readonly scopes: string;
  readonly algorithm: string;
  readonly groupsClaim: string;
  readonly rules: readonly GroupRule[];
  readonly createUsers: boolean;
  readonly trustEmail: boolean;
  readonly publicUrl: URL;
  /** A provider on this machine may be asked without TLS. */
  readonly insecure: boolean;
}

/**
 * Settings of the provider; undefined when none is configured.
 * @throws Error when the file of the client secret cannot be read
 */
export const oidcSettingsFrom = (env: OidcEnvironment): OidcSettings | undefined => {
  const { KERNELCAST_OIDC_ISSUER: issuer, KERNELCAST_OIDC_CLIENT_ID: clientId, KERNELCAST_PUBLIC_URL: url } = env;
  if (!issuer || !clientId || !url) return undefined;
  const secretFile = env.KERNELCAST_OIDC_CLIENT_SECRET_FILE;
  return {
    issuer: new URL(issuer),
    clientId,
    clientSecret: secretFile ? readFileSync(secretFile, 'utf8').trim() : env.KERNELCAST_OIDC_CLIENT_SECRET,
    name: env.KERNELCAST_OIDC_NAME,
    scopes: env.KERNELCAST_OIDC_SCOPES,
    algorithm: env.KERNELCAST_OIDC_ALGORITHM,
    groupsClaim: env.KERNELCAST_OIDC_GROUPS_CLAIM,
    rules: env.KERNELCAST_OIDC_ROLES,
    createUsers: env.KERNELCAST_OIDC_CREATE_USERS,
    trustEmail: env.KERNELCAST_OIDC_TRUST_EMAIL,
    publicUrl: new URL(url),
    insecure: isLoopback(new URL(issuer)),
  };
};

/** Injection token of the {@link OidcSettings}; null when no provider is configured. */
export const OIDC_SETTINGS = 'kernelcast:oidc-settings';
