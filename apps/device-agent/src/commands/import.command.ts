import { lockState } from '@kernelcast/device-sdk/node';
import { Command } from 'commander';
import { openBundle } from '../bundle/open-bundle.js';
import type { CliContext, Exit } from '../cli.js';
import { describeEvent } from '../output/describe-event.js';
import { describeStatus } from '../output/describe-status.js';
import { openDevice, openStore } from './open-device.js';

/** `import`: installs what an offline bundle brings, without a network. */
export function importCommand(context: CliContext, exit: Exit): Command {
  return new Command('import')
    .description('install from an offline bundle; verified as if it had been polled, reported when the server is back')
    .argument('<bundle>', 'file or folder that "kernelcast bundle create" made')
    .requiredOption('--state <folder>', "the device's state")
    .option('--json', 'print JSON')
    .action(async (bundle: string, flags: { state: string; json?: boolean }) => {
      const files = await openBundle(bundle);
      await openStore(flags.state);
      const unlock = await lockState(flags.state);
      try {
        const device = await openDevice(flags.state, false);
        device.onEvent((event) => {
          const text = describeEvent(event);
          if (text !== undefined) context.stderr(`${text}\n`);
        });
        const { outcome, refusal = null, status } = await device.importBundle(files, context.signal);
        await device.close();
        const { stdout } = context;
        stdout(flags.json ? `${JSON.stringify({ outcome, refusal, ...status })}\n` : describeStatus(status));
        exit(outcome !== 'refused' && status.slots.every(({ phase }) => phase === 'active') ? 0 : 1);
      } finally {
        await unlock();
      }
    });
}
