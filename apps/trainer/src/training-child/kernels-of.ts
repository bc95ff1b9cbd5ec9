import type { BackendInfo } from '@kernelcast/compute';

/**
 * What computes, for a job's log. Not the backend's own account of itself, which tells where this machine keeps its
 * libraries.
 *
 * @param threads - that train side by side, each on a backend of its own
 */
export function kernelsOf({ simd, relaxedSimd, native }: Omit<BackendInfo, 'name' | 'detail'>, threads = 1): string {
  if (native) return `TensorFlow ${native.tensorflow} on ${native.device}, threads: ${native.threads ?? 'all'}`;
  const kernels = relaxedSimd ? 'relaxed SIMD kernels' : simd ? 'SIMD kernels' : 'stock kernels';
  return threads > 1 ? `${kernels}, threads: ${threads}` : kernels;
}
