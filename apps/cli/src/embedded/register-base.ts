import {
  createBaseNetwork,
  createRegistryClient,
  listBaseNetworks,
  type RegistryClientOptions,
} from '@kernelcast/api-client';
import { loadBuiltinBaseNetwork } from '@kernelcast/nets/node';

/** The base network of the demonstration, and of devices that are told no other. */
export const BUILTIN_BASE = 'resnet14-cifar10';
/** Those of the product that a registry offers from its start. */
const OFFERED = [BUILTIN_BASE, 'mobilenetv2-cifar10'];

const blob = (bytes: Uint8Array) => new Blob([new Uint8Array(bytes)]);

/** Registers the bundled base networks that the registry lacks. */
export const registerBuiltinBases = async (registry: RegistryClientOptions): Promise<void> => {
  const client = createRegistryClient(registry);
  const { data: page } = await listBaseNetworks({ client, throwOnError: true, query: { limit: 200 } });
  for (const name of OFFERED) {
    const { base, graphJson, weights } = await loadBuiltinBaseNetwork(name);
    if (page.data.some(({ digest }) => digest === base.digest)) continue;
    const body = { name, graph: blob(graphJson), weights: blob(weights) };
    await createBaseNetwork({ client, throwOnError: true, body });
  }
};
