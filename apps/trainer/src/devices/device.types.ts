/** A GPU as the driver names it. */
export interface Gpu {
  /** What `CUDA_VISIBLE_DEVICES` takes: a UUID where the driver tells it, else an index. */
  readonly id: string;
  readonly name: string;
  /** MiB of its memory; undefined when nobody told. */
  readonly memoryMib: number | undefined;
}

/** Where one job at a time computes. */
export interface Device {
  /** For people and logs. */
  readonly name: string;
  /** Compute backend that this device needs; undefined for the best that loads. */
  readonly backend: string | undefined;
  /** What the training process gets to see of the machine. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What a trainer computes on. */
export interface Devices {
  readonly accelerator: 'cpu' | 'gpu';
  /** As many as jobs are trained at once. */
  readonly slots: readonly Device[];
}
