import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { canonicalJson, encodeWeights } from '@kernelcast/artifact';
import {
  BASE_CHECK_FILES as FILES,
  type BaseCheckAnswer,
  type BaseCheckOrder,
  type BaseImportSource,
} from '@kernelcast/contracts';
import {
  BaseNetworkError,
  buildArchitecture,
  countParameters,
  importLayersModel,
  importTorch,
  loadBaseNetwork,
  parseGraph,
  type NetworkGraph,
} from '@kernelcast/nets';
import { findingOf } from './findings.js';

type Source<F extends BaseImportSource['form']> = Extract<BaseImportSource, { form: F }>;

interface Imported {
  readonly graph: NetworkGraph;
  /** Bytes of a safetensors file; null where the one that came in is it. */
  readonly weights: Uint8Array | null;
}

/** Turns what was uploaded into a graph (canonical JSON) and its weights (safetensors) in the order's folder. */
export async function importBase({
  folder,
  source,
}: Extract<BaseCheckOrder, { type: 'import' }>): Promise<BaseCheckAnswer> {
  const read = (name: string): Promise<Uint8Array> => readFile(path.join(folder, name));
  try {
    const { graph, weights } = await convert(source, read);
    await writeFile(path.join(folder, FILES.importedGraph), canonicalJson(graph));
    if (weights !== null) await writeFile(path.join(folder, FILES.importedWeights), weights);
    const { height: inputHeight, width: inputWidth } = graph.input;
    const parameters = countParameters(graph);
    if (parameters === 0) throw new BaseNetworkError('graph: no layer has parameters');
    return { type: 'imported', architecture: graph.name, parameters, inputHeight, inputWidth };
  } catch (error) {
    return { type: 'refused', finding: findingOf(error) };
  }
}

function convert(source: BaseImportSource, read: (name: string) => Promise<Uint8Array>): Promise<Imported> {
  switch (source.form) {
    case 'graph':
      return convertGraph(read);
    case 'torch':
      return convertTorch(source, read);
    case 'layers-model':
      return convertLayersModel(source, read);
  }
}

async function convertGraph(read: (name: string) => Promise<Uint8Array>): Promise<Imported> {
  const { graph } = await loadBaseNetwork(await read(FILES.graph), await read(FILES.weights));
  return { graph, weights: null };
}

async function convertTorch(
  { architecture, inputSize, mean, std }: Source<'torch'>,
  read: (name: string) => Promise<Uint8Array>,
): Promise<Imported> {
  const known = buildArchitecture(architecture);
  const input = {
    ...known.input,
    ...(inputSize === undefined ? {} : { height: inputSize, width: inputSize }),
    ...(mean === undefined ? {} : { mean }),
    ...(std === undefined ? {} : { std }),
  };
  const graph = parseGraph({ ...known, input });
  return { graph, weights: encodeWeights(importTorch(graph, await read(FILES.weights)).weights, 'f32') };
}

async function convertLayersModel(
  { name, shards, mean, std }: Source<'layers-model'>,
  read: (name: string) => Promise<Uint8Array>,
): Promise<Imported> {
  const files = await Promise.all(shards.map(async (shard, index) => [shard, await read(FILES.shard(index))] as const));
  const { graph, weights } = importLayersModel(await read(FILES.model), new Map(files), { name, mean, std });
  return { graph, weights: encodeWeights(weights, 'f32') };
}
