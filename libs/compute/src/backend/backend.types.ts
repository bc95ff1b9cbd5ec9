/** In the order of preference. */
export const BACKEND_NAMES = ['tfjs-node-gpu', 'tfjs-node', 'wasm', 'cpu'] as const;
export type BackendName = (typeof BACKEND_NAMES)[number];

/** What runs below a native backend. */
export interface NativeInfo {
  /** TensorFlow's version. */
  readonly tensorflow: string;
  readonly device: 'CPU' | 'GPU';
  /** Threads that one operation may use; undefined for as many as there are processors. */
  readonly threads: number | undefined;
}

export interface NativeOptions {
  /** Folder in whose `node_modules` the native package is; by default it is looked for like any other package. */
  readonly folder?: string;
  /** Threads that one operation may use. */
  readonly threads?: number;
}

export interface BackendInfo {
  readonly name: BackendName;
  /** Whether our WebAssembly kernels are in use; they need SIMD. */
  readonly simd: boolean;
  /** Whether they use fused multiply-adds (WebAssembly relaxed SIMD). */
  readonly relaxedSimd: boolean;
  /** Only of native backends. */
  readonly native?: NativeInfo;
  /** For people: what was loaded and, where a better backend was passed over, why. */
  readonly detail: string;
}

/** Makes one backend the current one, or rejects with the reason why it cannot. */
export type BackendLoader = () => Promise<Omit<BackendInfo, 'name'>>;
export type BackendLoaders = Readonly<Record<BackendName, BackendLoader>>;
