import { DeviceError, enrolDevice, readDeviceStatus } from '@kernelcast/device-sdk';
import type { DeviceIdentity, StateStore } from '@kernelcast/device-sdk';
import { DirectoryStateStore, lockState } from '@kernelcast/device-sdk/node';
import type { BaseNetwork } from '@kernelcast/nets';
import { Command, InvalidArgumentError } from 'commander';
import { chooseBase, loadBase, storeBaseChoice } from '../base/base-choice.js';
import type { BaseChoice } from '../base/base-choice.js';
import type { CliContext } from '../cli.js';
import { AGENT_VERSION } from '../version.js';

interface EnrolFlags {
  server: string;
  token: string;
  state: string;
  base?: string;
  attribute: Record<string, string>;
  json?: boolean;
}

/** Adds one `name=value` of the command line. */
function addAttribute(text: string, attributes: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('An attribute is written name=value.');
  return { ...attributes, [text.slice(0, at)]: text.slice(at + 1) };
}

/** `enrol`: makes the device known to a server. */
export function enrolCommand({ stdout }: CliContext): Command {
  return new Command('enrol')
    .description('enrol this device with a server')
    .requiredOption('--server <url>', 'address of the delivery service')
    .requiredOption('--token <token>', 'enrolment token of the group to join')
    .requiredOption('--state <folder>', "folder for the device's key and state; made when it is not there")
    .option('--base <folder>', 'base network: graph.json and weights.safetensors (default: the one that comes along)')
    .option('--attribute <name=value>', 'an attribute to select the device by; may be repeated', addAttribute, {})
    .option('--json', 'print JSON')
    .action(async (flags: EnrolFlags) => {
      const choice = chooseBase(flags.base);
      const base = await loadBase(choice);
      const store = await DirectoryStateStore.open(flags.state);
      const { deviceId, server, enrolledAt } = await enrolAlone(store, flags, { choice, base });
      const answer = { deviceId, server, baseDigest: base.digest, enrolledAt };
      stdout(
        flags.json ? `${JSON.stringify(answer)}\n` : `Enrolled as ${deviceId} at ${server}\nbase ${base.digest}\n`,
      );
    });
}

interface HeldBase {
  choice: BaseChoice;
  base: BaseNetwork;
}

/** Enrols while no other process writes to the folder: of two at once, one's key would replace the other's. */
async function enrolAlone(store: StateStore, flags: EnrolFlags, { choice, base }: HeldBase): Promise<DeviceIdentity> {
  const unlock = await lockState(flags.state);
  try {
    // Before enrolling, so that a device that is enrolled always knows its base; never in place of another's.
    if (!(await isEnrolled(store))) await storeBaseChoice(store, choice);
    return await enrolDevice({
      server: flags.server,
      enrolmentToken: flags.token,
      baseDigests: [base.digest],
      attributes: flags.attribute,
      runtime: `device-agent/${AGENT_VERSION} node/${process.versions.node} ${process.platform}-${process.arch}`,
      store,
    });
  } finally {
    await unlock();
  }
}

async function isEnrolled(store: StateStore): Promise<boolean> {
  try {
    await readDeviceStatus(store);
    return true;
  } catch (error) {
    if (error instanceof DeviceError && error.code === 'not_enrolled') return false;
    throw error;
  }
}
