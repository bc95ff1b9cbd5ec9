// The registry's API, as far as the benchmarks of the fleet need it.
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_AGAIN_MS = 200;

/** @param key of whoever asks */
export function apiOf({ registryUrl }, key) {
  const call = async (method, route, body, type) => {
    const headers = { authorization: `Bearer ${key}`, ...(type && { 'content-type': type }) };
    const response = await fetch(registryUrl + route, { method, headers, body });
    if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  return {
    get: (route) => call('GET', route),
    post: (route, body = {}) => call('POST', route, JSON.stringify(body), 'application/json'),
    upload: (route, zip) => call('POST', route, zip, 'application/zip'),
  };
}

/** Asks until the answer will do. */
export async function until(ask, enough) {
  for (;;) {
    const answer = await ask();
    if (enough(answer)) return answer;
    await sleep(LOOK_AGAIN_MS);
  }
}
