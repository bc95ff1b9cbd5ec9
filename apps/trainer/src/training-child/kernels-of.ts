import type { BackendInfo } from '@kernelcast/compute';

/**
 * What computes, for a job's log. Not the backend's own account of itself, which tells where this machine keeps its
 * libraries.
 */
export function kernelsOf({ simd, relaxedSimd, native }: Omit<BackendInfo, 'name' | 'detail'>): string {
  if (native) return `TensorFlow ${native.tensorflow} on ${native.device}, threads: ${native.threads ?? 'all'}`;
  if (relaxedSimd) return 'relaxed SIMD kernels';
  return simd ? 'SIMD kernels' : 'stock kernels';
}
