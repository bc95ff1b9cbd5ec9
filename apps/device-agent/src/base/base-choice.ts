import path from 'node:path';
import type { StateStore } from '@kernelcast/device-sdk';
import { loadBaseFromFolder } from '@kernelcast/device-sdk/node';
import type { BaseNetwork } from '@kernelcast/nets';
import { loadBuiltinBaseNetwork } from '@kernelcast/nets/node';
import { z } from 'zod';

/** The base network that comes with the agent. */
const DEFAULT_BASE = 'resnet14-cifar10';

const baseChoiceSchema = z.union([z.object({ builtin: z.string() }), z.object({ folder: z.string() })]);
export type BaseChoice = z.infer<typeof baseChoiceSchema>;
const documentSchema = z.object({ base: baseChoiceSchema });

/** The choice that a command line's `--base` makes. */
export function chooseBase(folder: string | undefined): BaseChoice {
  return folder === undefined ? { builtin: DEFAULT_BASE } : { folder: path.resolve(folder) };
}

/** Keeps the choice with the device's state. */
export function storeBaseChoice(store: StateStore, base: BaseChoice): Promise<void> {
  return store.writeDocument('application', { base });
}

/** The choice made when the device was enrolled. */
export async function storedBaseChoice(store: StateStore): Promise<BaseChoice> {
  const { copies } = await store.readDocument('application');
  for (const copy of copies) {
    const parsed = documentSchema.safeParse(copy);
    if (parsed.success) return parsed.data.base;
  }
  return chooseBase(undefined);
}

/** @throws BaseNetworkError when its files are missing or damaged */
export async function loadBase(choice: BaseChoice): Promise<BaseNetwork> {
  if ('folder' in choice) return loadBaseFromFolder(choice.folder);
  return (await loadBuiltinBaseNetwork(choice.builtin)).base;
}
