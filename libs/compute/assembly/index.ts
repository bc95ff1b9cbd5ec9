export { convForward, convInputGradient, convScratch } from './convolution';
export { convFilterGradient, filterGradientScratch } from './filter-gradient';
export { matMul, matMulScratch } from './product';
export { depthwiseForward, depthwiseInputGradient, depthwiseFilterGradient } from './depthwise';
export { batchNormForward, batchNormBackward, batchNormScratch } from './batch-norm';
export { activationGradient, addActivate, biasActivate } from './activation';
export { modulateForward, modulateBackward, modulateScratch } from './modulate';
export { maxPoolForward, maxPoolGradient, avgPoolForward, avgPoolGradient } from './pool';
export { sumRows, spreadRows } from './reduce';
