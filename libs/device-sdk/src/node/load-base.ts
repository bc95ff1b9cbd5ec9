import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { BaseNetworkError, loadBaseNetwork } from '@kernelcast/nets';
import type { BaseNetwork } from '@kernelcast/nets';
import { BASE_NETWORK_FILES } from '@kernelcast/nets/node';

/**
 * Loads a base network from a folder with `graph.json` and `weights.safetensors`.
 * @throws BaseNetworkError when a file is missing or not valid
 */
export async function loadBaseFromFolder(folder: string): Promise<BaseNetwork> {
  const read = async (file: string): Promise<Uint8Array> => {
    try {
      return await readFile(path.join(folder, file));
    } catch (cause) {
      throw new BaseNetworkError(`${path.join(folder, file)} cannot be read`, { cause });
    }
  };
  return loadBaseNetwork(await read(BASE_NETWORK_FILES.graph), await read(BASE_NETWORK_FILES.weights));
}
