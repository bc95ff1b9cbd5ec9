// How long a job that was just ordered waits for its first step, on a trainer that is there and has its inputs.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { streamJobEvents } from '@kernelcast/api-client';
import { median } from './figures.mjs';
import { LABELS } from './images.mjs';
import { ORDER } from './order.mjs';

const run = promisify(execFile);
const ALONE = path.join(import.meta.dirname, 'alone.mjs');
const LOOK_AGAIN_MS = 200;

/** The registry's API, as far as it is needed here. */
function apiOf({ registryUrl, adminApiKey }) {
  const call = async (method, route, body, type) => {
    const headers = { authorization: `Bearer ${adminApiKey}`, ...(type && { 'content-type': type }) };
    const response = await fetch(registryUrl + route, { method, headers, body });
    if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  return {
    get: (route) => call('GET', route),
    post: (route, body) => call('POST', route, JSON.stringify(body), 'application/json'),
    upload: (route, zip) => call('POST', route, zip, 'application/zip'),
  };
}

async function upload(api, zip) {
  await api.post('/v1/datasets', { name: 'colours' });
  await api.upload('/v1/datasets/colours/versions', zip);
  for (;;) {
    const { data } = await api.get('/v1/datasets/colours/versions');
    const [{ id, state, findings }] = data;
    if (state === 'ready') return id;
    if (state === 'invalid') throw new Error(`the dataset is invalid: ${JSON.stringify(findings)}`);
    await sleep(LOOK_AGAIN_MS);
  }
}

async function prepare(api, zip) {
  await api.post('/v1/tasks', { name: 'colours', title: 'Colours', labels: LABELS });
  return { task: 'colours', datasetVersion: await upload(api, zip), ...ORDER };
}

/** Milliseconds from the answer to the order: until a trainer had the job, until it had its data, until its first step. */
async function follow({ registryUrl, adminApiKey }, api, order) {
  const { id } = await api.post('/v1/training-jobs', order);
  const answeredAt = Date.now();
  const events = [];
  for await (const event of streamJobEvents({ baseUrl: registryUrl, apiKey: adminApiKey, jobId: id }))
    events.push(event);
  const since = (matches) => {
    const event = events.find(matches);
    if (!event) throw new Error(`${id} went another way: ${JSON.stringify(events)}`);
    return Date.parse(event.at) - answeredAt;
  };
  since(({ data }) => data.state === 'succeeded');
  return {
    taken: since(({ data }) => data.state === 'running'),
    loaded: since(({ type, data }) => type === 'log' && data.message.startsWith('Training on')),
    firstStep: since(({ type }) => type === 'step'),
  };
}

const WORK = ['modules', 'backend', 'network', 'data', 'firstStep'];

/** Medians of the parts of the work by hand, by one of the clocks. */
const partsOf = (rounds, clock) =>
  Object.fromEntries([...WORK, 'step'].map((part) => [part, median(rounds.map((round) => round[part][clock]))]));

/**
 * Rounds of a job by the services and of the same work by hand, in turn, so that other load hits both alike.
 * @returns medians in milliseconds
 */
export async function measureOverhead(addresses, { zip, zipPath, rounds, warmUp, threads }) {
  const api = apiOf(addresses);
  const order = await prepare(api, zip);
  const served = [];
  const alone = [];
  for (let round = 0; round < rounds + warmUp; round++) {
    const times = await follow(addresses, api, { ...order, seed: round });
    const byHand = JSON.parse((await run(process.execPath, [ALONE, zipPath, String(threads)])).stdout);
    if (round < warmUp) continue;
    served.push(times);
    alone.push(byHand);
  }
  const beyond = (of) => median(served.map(({ firstStep }, i) => firstStep - of(alone[i])));
  const work = (round) => WORK.reduce((sum, part) => sum + round[part].wall, 0);
  return {
    backend: alone[0].detail,
    served: Object.fromEntries(Object.keys(served[0]).map((stage) => [stage, median(served.map((one) => one[stage]))])),
    alone: { wall: partsOf(alone, 'wall'), cpu: partsOf(alone, 'cpu') },
    overhead: {
      beyondData: beyond(({ data, step }) => data.wall + step.wall),
      beyondWork: beyond(work),
      ratio: median(served.map(({ firstStep }, i) => firstStep / work(alone[i]))),
    },
    rounds: served.map((times, i) => ({ served: times, alone: alone[i] })),
  };
}
