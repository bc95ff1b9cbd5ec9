/** Caps on what a file may ask of its reader. Each is far above what a real file needs. */
export interface SafetensorsLimits {
  /** Bytes of the JSON header: parsing JSON costs many times its size in memory. */
  maxHeaderBytes: number;
  /** Tensors in a file: each becomes an object, however small it is. */
  maxTensors: number;
  /** Dimensions of a tensor; a convolution kernel has four. */
  maxRank: number;
  /** UTF-16 units of a tensor's name; names are quoted in logs and used as map keys. */
  maxNameLength: number;
}

export const DEFAULT_SAFETENSORS_LIMITS: Readonly<SafetensorsLimits> = {
  maxHeaderBytes: 2 ** 20,
  maxTensors: 4096,
  maxRank: 8,
  maxNameLength: 256,
};

/** A file starts with the header's length: an unsigned 64-bit little-endian integer. */
export const LENGTH_PREFIX_BYTES = 8;

/** The header's key for the file's own string-to-string map; no tensor may have this name. */
export const METADATA_KEY = '__metadata__';
