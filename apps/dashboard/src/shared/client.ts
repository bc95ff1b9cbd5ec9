import { createRegistryClient } from '@kernelcast/api-client';

/** The dashboard talks to its own origin and is known there by its session cookie; it keeps no secret itself. */
export const client = createRegistryClient({ baseUrl: '' });
/** Lists refresh this often; a page that is not looked at does not. */
export const LIVE_MS = 1000;
