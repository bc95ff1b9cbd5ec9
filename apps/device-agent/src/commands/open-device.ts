import { Device, DeviceError } from '@kernelcast/device-sdk';
import { DirectoryStateStore } from '@kernelcast/device-sdk/node';
import { existsSync } from 'node:fs';
import { loadBase, storedBaseChoice } from '../base/base-choice.js';

/**
 * Opens a folder that must be there already: a mistyped path must not become an empty device.
 * @throws DeviceError `not_enrolled`
 */
export async function openStore(folder: string): Promise<DirectoryStateStore> {
  if (!existsSync(folder)) throw new DeviceError('not_enrolled', `there is no device state in ${folder}`);
  return DirectoryStateStore.open(folder);
}

/** Opens the device of a state folder with the base network it was enrolled with. */
export async function openDevice(folder: string, readOnly: boolean): Promise<Device> {
  const store = await openStore(folder);
  return Device.open({ store, base: await loadBase(await storedBaseChoice(store)), readOnly });
}
