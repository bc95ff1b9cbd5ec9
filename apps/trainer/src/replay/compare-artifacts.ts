import { decodeModulator, type ModulatorArtifact } from '@kernelcast/artifact';

type Tensor = { readonly shape: readonly number[]; readonly data: Float32Array };

const largestDifference = (a: Tensor, b: Tensor): number =>
  a.data.length === b.data.length
    ? a.data.reduce((most, value, index) => Math.max(most, Math.abs(value - (b.data[index] ?? NaN))), 0)
    : Infinity;

/** What sets two artifacts apart, for people; nothing when they differ in no more than their order of bytes. */
export function compareArtifacts(recorded: Uint8Array, replayed: Uint8Array): string[] {
  const [a, b] = [decodeModulator(recorded), decodeModulator(replayed)];
  const names = new Set([...a.tensors.keys(), ...b.tensors.keys()]);
  const differing = [...names].map((name) => ({ name, by: differenceOf(a, b, name) })).filter(({ by }) => by !== 0);
  const largest = Math.max(0, ...differing.map(({ by }) => by));
  return [
    ...(a.trainedBy === b.trainedBy ? [] : [`trainedBy: ${a.trainedBy} and ${b.trainedBy}`]),
    ...(differing.length === 0 ? [] : [`${differing.length} of ${names.size} tensors, by ${largest} at most`]),
  ];
}

function differenceOf(a: ModulatorArtifact, b: ModulatorArtifact, name: string): number {
  const [one, other] = [a.tensors.get(name), b.tensors.get(name)];
  return one && other ? largestDifference(one, other) : Infinity;
}
