const BLOCKS = 4;
const EDGE = [1, 1];

/**
 * Conv4 as MAML used it on Omniglot (Finn et al. 2017, arXiv 1703.03400, section 5.2): four 3x3 convolutions of stride
 * 2 in place of pooling, BatchNorm and ReLU after each, and the mean over what is left. A quarter of the work of the
 * form with pooling.
 */
export function stridedConv4(filters) {
  const nodes = [];
  let input = 'input';
  for (let block = 1; block <= BLOCKS; block++) {
    const inChannels = block === 1 ? 3 : filters;
    const conv = { id: `conv${block}`, op: 'conv2d', input, kernelSize: [3, 3], inChannels, filters, strides: [2, 2] };
    nodes.push({ ...conv, padding: [EDGE, EDGE], groups: 1, useBias: false });
    input = `bn${block}`;
    nodes.push({
      id: input,
      op: 'batchNorm',
      input: `conv${block}`,
      channels: filters,
      epsilon: 1e-5,
      activation: 'relu',
    });
  }
  nodes.push({ id: 'pool', op: 'globalAveragePool', input });
  // Light ink on black: a tenth of a picture is lit.
  const spec = { height: 28, width: 28, channels: 3, mean: [0.1, 0.1, 0.1], std: [0.25, 0.25, 0.25] };
  return {
    format: 'kernelcast.graph/1',
    name: `strided conv4, ${filters} filters`,
    input: spec,
    nodes,
    featureSize: filters,
  };
}
