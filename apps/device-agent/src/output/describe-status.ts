import type { DeviceStatus } from '@kernelcast/device-sdk';
import { bytes, table } from './table.js';

/** A device's status for people. */
export function describeStatus({ deviceId, server, manifestVersion, pendingReports, slots }: DeviceStatus): string {
  const manifest = manifestVersion === null ? 'none yet' : `version ${manifestVersion}`;
  const head = `${deviceId} at ${server}\nmanifest: ${manifest}, reports to deliver: ${pendingReports}\n`;
  if (slots.length === 0) return `${head}no tasks\n`;
  const rows = slots.map(({ slot, task, version, phase, downloadedBytes, swapMs, failure }) => [
    slot,
    `${task} ${version}`,
    phase,
    bytes(downloadedBytes),
    swapMs === null ? '-' : `${swapMs.toFixed(1)} ms`,
    failure ? `${failure.code}: ${failure.detail}; again after ${failure.retryAt}` : '',
  ]);
  return `${head}${table([['SLOT', 'VERSION', 'PHASE', 'DOWNLOADED', 'SWAP', ''], ...rows])}`;
}
