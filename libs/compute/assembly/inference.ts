// What serving and folding need of index.ts: a device downloads this part only.
export { convForward, convScratch } from './convolution';
export { matMul, matMulScratch } from './product';
export { depthwiseForward } from './depthwise';
export { batchNormForward, batchNormScratch } from './batch-norm';
export { addActivate, biasActivate } from './activation';
export { modulateForward, modulateScratch } from './modulate';
export { maxPoolForward, avgPoolForward } from './pool';
export { sumRows } from './reduce';
