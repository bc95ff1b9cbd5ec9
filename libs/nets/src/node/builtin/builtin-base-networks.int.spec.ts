import { readFile } from 'node:fs/promises';
import { digestOf } from '@kernelcast/artifact';
import { resnet14 } from '../../architectures/resnet.js';
import { countParameters } from '../../graph/parameters.js';
import { builtinBaseNetworks, loadBuiltinBaseNetwork } from './builtin-base-networks.js';

const NAME = 'resnet14-cifar10';
/** What a device may have to fetch once, on a slow line. */
const MAX_WEIGHT_BYTES = 3_000_000;

const names = await builtinBaseNetworks();

describe('built-in base networks', () => {
  it('lists what the product ships', () => {
    expect(names).toEqual(expect.arrayContaining([NAME, 'resnet14-cifar5']));
  });

  it('loads the network with its classifier and its files as they are', async () => {
    const { base, head, graphJson, weights } = await loadBuiltinBaseNetwork(NAME);
    expect(base.graph).toEqual(resnet14());
    expect(countParameters(base.graph)).toBe(1_320_032);
    expect(head.kernel.shape).toEqual([256, 10]);
    expect(head.labels[0]).toBe('airplane');
    expect(JSON.parse(new TextDecoder().decode(graphJson))).toEqual(base.graph);
    expect(weights.byteLength).toBeLessThan(MAX_WEIGHT_BYTES);
    expect(await digestOf(weights)).toMatch(/^sha256:/);
  });

  it.each(names)('has a card that names the digest of %s', async (name) => {
    const { base } = await loadBuiltinBaseNetwork(name);
    const card = new URL(`../../../../../assets/base-networks/${name}/MODEL_CARD.md`, import.meta.url);
    expect(await readFile(card, 'utf8')).toContain(base.digest);
  });

  it.each(['resnet50', '../base-networks/resnet14-cifar10', ''])('has no network named %p', async (name) => {
    await expect(loadBuiltinBaseNetwork(name)).rejects.toMatchObject({ code: 'base_network_invalid' });
  });
});
