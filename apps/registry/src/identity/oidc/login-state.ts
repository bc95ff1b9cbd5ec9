import { openSecret, sealSecret } from '@kernelcast/trust/node';
import { z } from 'zod';

/** Time in which somebody must have come back from the provider. */
export const LOGIN_STATE_SECONDS = 600;
const CONTEXT = 'oidc-login';

const loginStateSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  returnTo: z.string(),
  expiresAt: z.number(),
});
/** What a login that is under way at the provider must be finished with: kept by the browser that began it, sealed. */
type LoginState = z.infer<typeof loginStateSchema>;

export const sealLoginState = (state: LoginState, masterKey: Uint8Array): string =>
  Buffer.from(sealSecret(new TextEncoder().encode(JSON.stringify(state)), masterKey, CONTEXT)).toString('base64url');

/** Opens what {@link sealLoginState} has sealed; undefined when it was not, or is too old. */
export const openLoginState = (sealed: string, masterKey: Uint8Array, now = Date.now()): LoginState | undefined => {
  try {
    const opened = openSecret(Buffer.from(sealed, 'base64url'), masterKey, CONTEXT);
    const state = loginStateSchema.parse(JSON.parse(new TextDecoder().decode(opened)));
    return state.expiresAt > now ? state : undefined;
  } catch {
    return undefined;
  }
};

const SOMEWHERE = 'http://origin.invalid';

/** A path of our own pages to go to after the login; `/` for whatever would lead elsewhere. */
export const localPath = (returnTo: string | undefined): string => {
  if (!returnTo?.startsWith('/') || !URL.canParse(returnTo, SOMEWHERE)) return '/';
  const { origin, pathname, search } = new URL(returnTo, SOMEWHERE);
  return origin === SOMEWHERE && !pathname.startsWith('//') ? pathname + search : '/';
};
