/**
 * TensorFlow takes these settings from the environment alone, when it is loaded; what is set already stays. oneDNN is
 * off by default on processors without AVX-512, where it is still twice as fast. Environment variables of worker
 * threads do not reach it: there the process has to be started with them.
 */
export function tensorFlowEnvironment(threads: number | undefined): Readonly<Record<string, string>> {
  return {
    TF_ENABLE_ONEDNN_OPTS: '1',
    // Warnings and errors; the rest is about the processor.
    TF_CPP_MIN_LOG_LEVEL: '1',
    ...(threads !== undefined && { TF_NUM_INTRAOP_THREADS: String(threads), OMP_NUM_THREADS: String(threads) }),
  };
}
