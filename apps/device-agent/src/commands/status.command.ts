import { readDeviceStatus } from '@kernelcast/device-sdk';
import { Command } from 'commander';
import type { CliContext } from '../cli.js';
import { describeStatus } from '../output/describe-status.js';
import { openStore } from './open-device.js';

/** `status`: what the device runs, from its state alone. */
export function statusCommand({ stdout }: CliContext): Command {
  return new Command('status')
    .description('show what the device runs; needs no network')
    .requiredOption('--state <folder>', "the device's state")
    .option('--json', 'print JSON')
    .action(async ({ state, json }: { state: string; json?: boolean }) => {
      const status = await readDeviceStatus(await openStore(state));
      stdout(json ? `${JSON.stringify(status)}\n` : describeStatus(status));
    });
}
