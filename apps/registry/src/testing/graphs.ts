/** Stages of the bundled ResNet-14: channels and residual blocks. */
const STAGES = [
  [32, 2],
  [64, 2],
  [128, 1],
  [256, 1],
] as const;

const conv = (id: string, kernel: number, inChannels: number, filters: number) => ({
  id,
  op: 'conv2d',
  kernelSize: [kernel, kernel],
  inChannels,
  filters,
  groups: 1,
  useBias: false,
});
const norm = (id: string, channels: number) => ({ id, op: 'batchNorm', channels });

/** The layers of ResNet-14 that have parameters, written from its description: 1,320,032 of them are trainable. */
export const resnet14Graph = () => {
  const nodes: object[] = [conv('conv1', 3, 3, 32), norm('bn1', 32)];
  let from = 32;
  STAGES.forEach(([channels, blocks], stage) => {
    for (let block = 0; block < blocks; block++) {
      const id = `layer${stage + 1}.${block}`;
      nodes.push(conv(`${id}.conv1`, 3, from, channels), norm(`${id}.bn1`, channels));
      nodes.push(conv(`${id}.conv2`, 3, channels, channels), norm(`${id}.bn2`, channels));
      if (block === 0) nodes.push(conv(`${id}.downsample.0`, 1, from, channels), norm(`${id}.downsample.1`, channels));
      nodes.push({ id: `${id}.add`, op: 'add' });
      from = channels;
    }
  });
  nodes.push({ id: 'pool', op: 'globalAveragePool' });
  return { format: 'kernelcast.graph/1', name: 'resnet14', input: { height: 32, width: 32 }, nodes, featureSize: 256 };
};
