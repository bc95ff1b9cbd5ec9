import type { Device, PollResult } from '@kernelcast/device-sdk';
import { lockState } from '@kernelcast/device-sdk/node';
import { Command, InvalidArgumentError } from 'commander';
import type { CliContext, Exit } from '../cli.js';
import { describeEvent } from '../output/describe-event.js';
import { describeStatus } from '../output/describe-status.js';
import { openDevice, openStore } from './open-device.js';

interface RunFlags {
  state: string;
  once?: boolean;
  wait: number;
  json?: boolean;
}

/** The longest that the protocol lets a request be held, seconds. */
const MAX_WAIT_SECONDS = 60;
const DEFAULT_WAIT_SECONDS = 30;

function parseWait(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= MAX_WAIT_SECONDS) return seconds;
  throw new InvalidArgumentError(`Seconds from 0 to ${MAX_WAIT_SECONDS}.`);
}

/** `run`: follows the server's manifests until it is stopped, or once. */
export function runCommand(context: CliContext, exit: Exit): Command {
  return new Command('run')
    .description('poll, activate and report until stopped; everything active keeps working without the server')
    .requiredOption('--state <folder>', "the device's state")
    .option('--once', 'poll once; exit code 0 when every slot of the manifest is active, else 1')
    .option('--wait <seconds>', 'let the server hold a poll until something changes', parseWait, DEFAULT_WAIT_SECONDS)
    .option('--json', 'print each event as a line of JSON; with --once the result as one JSON object')
    .action(async (flags: RunFlags) => {
      await openStore(flags.state);
      const unlock = await lockState(flags.state);
      try {
        const device = await openDevice(flags.state, false);
        await (flags.once ? runOnce(device, flags, context).then(exit) : runUntilStopped(device, flags, context));
        await device.close();
      } finally {
        await unlock();
      }
    });
}

async function runUntilStopped(device: Device, { wait, json }: RunFlags, context: CliContext): Promise<void> {
  const { stdout, signal } = context;
  logEvents(device, json ?? false, stdout);
  if (!json) stdout(`${stamp()} ${device.deviceId} runs\n`);
  await device.run({ waitSeconds: wait, signal });
  if (!json) stdout(`${stamp()} stopped\n`);
}

/** The result goes to stdout, and what happened on the way to stderr. */
async function runOnce(device: Device, { json }: RunFlags, context: CliContext): Promise<number> {
  logEvents(device, false, context.stderr);
  const result = await device.poll({ signal: context.signal });
  const { outcome, refusal = null, status } = result;
  context.stdout(json ? `${JSON.stringify({ outcome, refusal, ...status })}\n` : describeStatus(status));
  return isComplete(result) ? 0 : 1;
}

function isComplete({ outcome, status }: PollResult): boolean {
  return outcome !== 'refused' && status.slots.every(({ phase }) => phase === 'active');
}

function logEvents(device: Device, json: boolean, write: (text: string) => void): void {
  device.onEvent((event) => {
    const text = json ? JSON.stringify({ at: new Date().toISOString(), ...event }) : describeEvent(event);
    if (text !== undefined) write(json ? `${text}\n` : `${stamp()} ${text}\n`);
  });
}

const stamp = (): string => new Date().toISOString();
