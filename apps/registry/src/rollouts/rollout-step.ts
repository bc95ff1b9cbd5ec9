import type { Rollout, RolloutProgress } from '@kernelcast/contracts';

export type RolloutStep = 'wait' | 'advance' | 'pause' | 'complete';

/**
 * What a running rollout does next: its wave is done when every device of it runs the version. Until then, and while
 * it targets nobody (devices may still enrol), it waits.
 */
export const nextStep = (
  { waves, currentWave }: Pick<Rollout, 'waves' | 'currentWave'>,
  { targeted, active }: Pick<RolloutProgress, 'targeted' | 'active'>,
): RolloutStep => {
  const wave = waves[currentWave];
  if (wave === undefined || targeted === 0 || active < targeted) return 'wait';
  // A completed rollout holds for the whole group, so a last wave of a part of it stays as it is.
  if (currentWave === waves.length - 1) return wave.share === 1 ? 'complete' : 'wait';
  return wave.onSuccess === 'next' ? 'advance' : 'pause';
};
