import type {
  Evaluation,
  LayerChange,
  ModulatorVersion,
  VersionComparison,
  VersionSummary,
} from '@kernelcast/contracts';

/** What says which version is meant. */
export const summarise = (version: ModulatorVersion): VersionSummary => ({
  id: version.id,
  modulatorId: version.modulatorId,
  taskName: version.taskName,
  version: version.version,
  digest: version.digest,
  size: version.size,
  method: version.method,
  encoding: version.encoding,
  parameters: version.parameters,
  headParameters: version.headParameters,
  paramsRatio: version.paramsRatio,
  baseNetworkId: version.baseNetworkId,
  baseDigest: version.baseDigest,
  state: version.state,
});

/** Accuracy by class, in the order of `from` with what only `to` knows behind. */
export function compareClasses(from: Evaluation, to: Evaluation): VersionComparison['perClass'] {
  const scores = ({ perClass }: Evaluation) =>
    new Map(perClass.map(({ label, accuracy, images }) => [label, { accuracy, images }]));
  const [left, right] = [scores(from), scores(to)];
  return [...new Set([...left.keys(), ...right.keys()])].map((label) => {
    const [a, b] = [left.get(label) ?? null, right.get(label) ?? null];
    return { label, from: a, to: b, difference: a && b ? b.accuracy - a.accuracy : null };
  });
}

/** How far two versions move the layers of their base, in its order; a reason where one of them was not measured. */
export function compareLayers(
  from: readonly LayerChange[] | null,
  to: readonly LayerChange[] | null,
): NonNullable<VersionComparison['layers']> | { readonly reason: string } {
  if (from === null || to === null) {
    return { reason: 'One of the two was made before the change of the layers was measured' };
  }
  const others = new Map(to.map(({ layer, change }) => [layer, change]));
  return from.map(({ layer, change }) => ({ layer, from: change, to: others.get(layer) ?? null }));
}
