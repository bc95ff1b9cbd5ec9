import { waveSchema } from '@kernelcast/contracts';
import { nextStep } from './rollout-step.js';

const wave = (share: number, onSuccess: 'next' | 'pause' = 'next') => waveSchema.parse({ share, onSuccess });
const two = { waves: [wave(0.1), wave(1)], currentWave: 0 };

describe('nextStep', () => {
  it('waits while a device of the wave does not run the version', () => {
    expect(nextStep(two, { targeted: 10, active: 9 })).toBe('wait');
  });

  it('waits while the group is empty', () => {
    expect(nextStep(two, { targeted: 0, active: 0 })).toBe('wait');
  });

  it('goes to the next wave when all devices of this one are done', () => {
    expect(nextStep(two, { targeted: 1, active: 1 })).toBe('advance');
  });

  it('stops between waves when asked to', () => {
    expect(nextStep({ ...two, waves: [wave(0.1, 'pause'), wave(1)] }, { targeted: 1, active: 1 })).toBe('pause');
  });

  it('ends with its last wave, whatever that one asks for', () => {
    const last = { waves: [wave(0.1), wave(1, 'pause')], currentWave: 1 };
    expect(nextStep(last, { targeted: 10, active: 10 })).toBe('complete');
  });

  it('does not end, and so reach everybody, when its last wave is a part of the group', () => {
    expect(nextStep({ waves: [wave(0.5)], currentWave: 0 }, { targeted: 5, active: 5 })).toBe('wait');
  });
});
