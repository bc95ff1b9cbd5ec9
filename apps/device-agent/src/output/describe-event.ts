import type { DeviceEvent } from '@kernelcast/device-sdk';
import { bytes } from './table.js';

type Describers = { [T in DeviceEvent['type']]: (event: Extract<DeviceEvent, { type: T }>) => string | undefined };

const describers: Describers = {
  unchanged: () => undefined,
  accepted: (event) =>
    `manifest ${event.version} accepted: ${event.slots} ${event.slots === 1 ? 'slot' : 'slots'}, ${bytes(event.bytes)}`,
  refused: (event) => `manifest refused: ${event.detail} (${event.code})`,
  downloading: ({ slot, received, size }) =>
    received < size ? undefined : `${slot}: downloaded, ${bytes(received)} received`,
  fetched: (event) =>
    `${event.slot}: ${event.via === 'delta' ? 'came as a delta' : 'came whole'}, ${bytes(event.bytes)}`,
  deltaRefused: (event) => `${event.slot}: delta refused: ${event.detail} (${event.code})`,
  verified: (event) => `${event.slot}: verified ${event.digest}`,
  active: ({ slot, task, version, swapMs }) =>
    `${slot}: ${task} ${version} active, switched in ${swapMs.toFixed(1)} ms`,
  failed: (event) => `${event.slot}: failed: ${event.detail} (${event.code})`,
  reverted: (event) => `${event.slot}: back to the version before: ${event.detail} (${event.code})`,
  removed: (event) => `${event.slot}: removed`,
  switched: (event) => `${event.task}: switched in ${event.swapMs.toFixed(1)} ms`,
  reportsDelayed: (event) => `reports to deliver: ${event.pending}; ${event.detail} (${event.code})`,
  pollFailed: (event) => `poll failed, again in ${event.retryInSeconds} s: ${event.detail} (${event.code})`,
};

/** An event as a line for people; undefined for what happens all the time. */
export function describeEvent<T extends DeviceEvent['type']>(
  event: Extract<DeviceEvent, { type: T }>,
): string | undefined {
  return (describers[event.type as T] as (event: DeviceEvent) => string | undefined)(event);
}
