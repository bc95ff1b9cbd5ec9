import {
  createBaseNetwork,
  createRegistryClient,
  listBaseNetworks,
  type RegistryClientOptions,
} from '@kernelcast/api-client';
import { loadBuiltinBaseNetwork } from '@kernelcast/nets/node';

/** The base network that comes with the product. */
export const BUILTIN_BASE = 'resnet14-cifar10';

const blob = (bytes: Uint8Array) => new Blob([new Uint8Array(bytes)]);

/** Registers the bundled base network unless the registry has it. */
export const registerBuiltinBase = async (registry: RegistryClientOptions): Promise<void> => {
  const client = createRegistryClient(registry);
  const builtin = await loadBuiltinBaseNetwork(BUILTIN_BASE);
  const { data: page } = await listBaseNetworks({ client, throwOnError: true, query: { limit: 200 } });
  if (page.data.some(({ digest }) => digest === builtin.base.digest)) return;
  const body = { name: BUILTIN_BASE, graph: blob(builtin.graphJson), weights: blob(builtin.weights) };
  await createBaseNetwork({ client, throwOnError: true, body });
};
