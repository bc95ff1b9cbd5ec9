import { digestSchema, type LineageEdge, type LineageNode } from '@kernelcast/contracts';
import { z } from 'zod';
import { settledOf, type LineageRow } from './version-insights.repository.js';

type Job = LineageRow['trainingJob'];

const objectSchema = z.record(z.string(), z.unknown());
const comparedSchema = z.object({ comparison: z.object({ modulatorVersion: z.string() }).nullish() }).loose();

/** Id of the version that a version was compared with when it was made. */
export const rivalOf = ({ metrics }: LineageRow): string | undefined =>
  comparedSchema.safeParse(metrics).data?.comparison?.modulatorVersion;

/**
 * The graph of some versions, what they were made from, and how they belong together. Edges lead from what was made to
 * what it was made from; those to versions that are not among them are left out.
 */
export function lineageGraph(rows: readonly LineageRow[]): { nodes: LineageNode[]; edges: LineageEdge[] } {
  const nodes = new Map<string, LineageNode>();
  const edges: LineageEdge[] = [];
  for (const row of rows) {
    const { trainingJob: job } = row;
    for (const node of [versionNode(row), jobNode(row), baseNode(job), datasetNode(job)]) nodes.set(node.id, node);
    edges.push(
      { from: row.id, to: job.id, relation: 'madeBy' },
      { from: job.id, to: job.baseNetworkId, relation: 'trainedOn' },
      { from: job.id, to: job.datasetVersionId, relation: 'learntFrom' },
    );
    if (job.startFromId !== null) edges.push({ from: job.id, to: job.startFromId, relation: 'startedFrom' });
    const rival = rivalOf(row);
    if (rival !== undefined) edges.push({ from: row.id, to: rival, relation: 'comparedWith' });
  }
  return { nodes: [...nodes.values()], edges: edges.filter(({ to }) => nodes.has(to)) };
}

const versionNode = (row: LineageRow): LineageNode => ({
  kind: 'modulatorVersion',
  id: row.id,
  modulatorId: row.modulatorId,
  taskName: row.modulator.task.name,
  version: row.version,
  digest: digestSchema.parse(row.digest),
  state: row.state,
  createdAt: row.createdAt.toISOString(),
});

const jobNode = (row: LineageRow): LineageNode => {
  const { id, scenario, method, seed, hyperparameters, budget, backend, threads } = row.trainingJob;
  return {
    kind: 'trainingJob',
    id,
    scenario,
    method,
    seed: Number(seed),
    hyperparameters: objectSchema.parse(hyperparameters),
    settled: settledOf(row),
    budget: objectSchema.parse(budget),
    backend,
    threads,
    trainerVersion: row.trainerVersion,
  };
};

const baseNode = ({ baseNetwork: { id, name, digest, graphDigest, weightsDigest } }: Job): LineageNode => ({
  kind: 'baseNetwork',
  id,
  name,
  digest: digestSchema.parse(digest),
  graphDigest: digestSchema.parse(graphDigest),
  weightsDigest: digestSchema.parse(weightsDigest),
});

const datasetNode = ({ datasetVersion: { id, dataset, version, digest, images } }: Job): LineageNode => ({
  kind: 'datasetVersion',
  id,
  name: dataset.name,
  version,
  digest: digest === null ? null : digestSchema.parse(digest),
  images,
});
