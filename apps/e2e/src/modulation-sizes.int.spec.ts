import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BudgetError, getMethod, methodNames, plan } from '@kernelcast/km';
import { architectureNames, buildArchitecture, countParameters } from '@kernelcast/nets';
import type { NetworkGraph } from '@kernelcast/nets';

/** What the registry's own sums are tested against (`budget.int.spec.ts` there), as it may not import the planners. */
const FILE = path.resolve(import.meta.dirname, '../../registry/src/testing/modulation-sizes.json');

describe('the sizes that the registry expects of modulators', () => {
  it('are those that the planners find, on every architecture', async () => {
    const found = architectureNames().map((name) => sizesOf(name, buildArchitecture(name)));
    // After a change of the planners: UPDATE_SIZES=1 npm exec -c 'node tools/check/jest.mjs apps/e2e/src/modulation'
    if (process.env['UPDATE_SIZES'])
      await writeFile(FILE, `[\n${found.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`);
    expect(JSON.parse(await readFile(FILE, 'utf8'))).toEqual(found);
  });
});

function sizesOf(name: string, graph: NetworkGraph): object {
  const smallest = Object.fromEntries(methodNames().map((method) => [method, smallestOf(graph, method)]));
  return { name, parameters: countParameters(graph), smallest, layers: graph.nodes.flatMap(layerOf) };
}

function smallestOf(graph: NetworkGraph, method: string): number {
  if (!getMethod(method).budgeted) return plan(graph, { bytes: 2 }, method).totalParams;
  try {
    plan(graph, { bytes: 2 }, method);
  } catch (error) {
    if (error instanceof BudgetError) return error.smallestBytes / 2;
  }
  throw new Error(`${method} needs no parameters at all`);
}

/** Layers with parameters, as short as can be: conv2d, depthwiseConv2d, dense and batchNorm with their sizes. */
function layerOf(node: NetworkGraph['nodes'][number]): (string | number)[][] {
  switch (node.op) {
    case 'conv2d':
      return [['c', ...node.kernelSize, node.inChannels, node.filters, node.groups, Number(node.useBias)]];
    case 'depthwiseConv2d':
      return [['d', ...node.kernelSize, node.inChannels, node.multiplier, Number(node.useBias)]];
    case 'dense':
      return [['f', node.inFeatures, node.units, Number(node.useBias)]];
    case 'batchNorm':
      return [['n', node.channels]];
    default:
      return [];
  }
}
