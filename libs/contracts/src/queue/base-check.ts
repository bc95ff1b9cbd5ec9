import { z } from 'zod';
import { baseNetworkReportSchema, baseNetworkFindingSchema } from '../registry/base-networks.js';

/**
 * What the registry asks of a base check, a process of its own that reads files of unknown origin: the message that it
 * is sent, and the one that it answers with before it ends. Files are named within the order's folder.
 */
const preprocessing = {
  mean: z.array(z.number()).optional(),
  std: z.array(z.number()).optional(),
};
const folder = z.string();

export const baseImportSourceSchema = z.discriminatedUnion('form', [
  z.object({ form: z.literal('graph') }),
  z.object({
    form: z.literal('torch'),
    architecture: z.string(),
    inputSize: z.int().optional(),
    ...preprocessing,
  }),
  z.object({
    form: z.literal('layers-model'),
    name: z.string(),
    /** Paths by which the manifest calls the files `shard-0`, `shard-1` and so on. */
    shards: z.array(z.string()),
    ...preprocessing,
  }),
]);
export type BaseImportSource = z.infer<typeof baseImportSourceSchema>;

/** Names of the files that come in, and of those that go out. */
export const BASE_CHECK_FILES = {
  graph: 'graph.json',
  weights: 'weights.safetensors',
  model: 'model.json',
  shard: (index: number): string => `shard-${index}`,
  importedGraph: 'imported-graph.json',
  importedWeights: 'imported-weights.safetensors',
} as const;

export const baseCheckOrderSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('import'), folder, source: baseImportSourceSchema }),
  z.object({ type: z.literal('run'), folder }),
]);
export type BaseCheckOrder = z.infer<typeof baseCheckOrderSchema>;

export const baseCheckAnswerSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('imported'),
    architecture: z.string(),
    parameters: z.int().positive(),
    inputHeight: z.int().positive(),
    inputWidth: z.int().positive(),
  }),
  z.object({ type: z.literal('refused'), finding: baseNetworkFindingSchema }),
  z.object({ type: z.literal('ran'), report: baseNetworkReportSchema }),
]);
export type BaseCheckAnswer = z.infer<typeof baseCheckAnswerSchema>;
