// A rollout from its start to its end, with the time of each of its waves.
import { until } from './api.mjs';

const STILL = ['completed', 'aborted', 'halted', 'paused', 'rolled_back'];

/** Starts a rollout and follows it until it moves no more. @param given up: a promise that fails when it is too late */
export async function follow(api, order, givenUp) {
  const { id } = await api.post('/v1/rollouts', order);
  await api.post(`/v1/rollouts/${id}/start`);
  const start = performance.now();
  const waves = [];
  const rollout = await Promise.race([
    givenUp,
    until(
      () => api.get(`/v1/rollouts/${id}`),
      ({ state, currentWave }) => {
        const seconds = (performance.now() - start) / 1000;
        const done = state === 'completed' ? order.waves.length : currentWave;
        for (let wave = waves.length; wave < done; wave++) waves.push({ share: order.waves[wave].share, seconds });
        return STILL.includes(state);
      },
    ),
  ]);
  const progress = await api.get(`/v1/rollouts/${id}/progress`);
  return { id, version: rollout.version, state: rollout.state, stopped: rollout.stopped, seconds: (performance.now() - start) / 1000, waves, progress }; // prettier-ignore
}
