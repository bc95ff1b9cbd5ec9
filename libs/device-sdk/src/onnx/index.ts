export { onnxEngine } from './onnx-engine.js';
export type { OrtModule, OrtSession, OrtTensor } from './onnx-engine.js';
