export { BASE_NETWORK_FILES, builtinBaseNetworks, loadBuiltinBaseNetwork } from './builtin/builtin-base-networks.js';
export type { BuiltinBaseNetwork } from './builtin/builtin-base-networks.js';
export { DatasetError } from './datasets/dataset.error.js';
export type { ImageSet, LoadedDataset } from './datasets/dataset.types.js';
export { DATASET_LIMITS, readDatasetZip } from './datasets/read-dataset-zip.js';
export type { ReadDatasetOptions } from './datasets/read-dataset-zip.js';
export { decodeImage, IMAGE_LIMITS } from './images/decode-image.js';
export { ImageError } from './images/image.error.js';
