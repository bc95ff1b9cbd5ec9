import { waveSchema } from '@kernelcast/contracts';
import { collectWaves, parseWave } from './parse-wave.js';

describe('a wave on the command line', () => {
  it('can set everything the contract knows', () => {
    const wave = parseWave('5%,sample=20,soak=1h,success=99%,errors=0.01,deadline=1d,then=pause');
    expect(waveSchema.parse(wave)).toEqual({
      share: 0.05,
      minSample: 20,
      soakSeconds: 3600,
      successRatio: 0.99,
      errorRatio: 0.01,
      deadlineSeconds: 86_400,
      onSuccess: 'pause',
    });
    expect(Object.keys(wave).sort()).toEqual(Object.keys(waveSchema.shape).sort());
  });

  it('leaves what is not said to the registry, and waves in their order', () => {
    expect(collectWaves('100%', collectWaves('0.1'))).toEqual([{ share: 0.1 }, { share: 1 }]);
  });

  it.each([
    ['101%', 'no share'],
    ['', 'no share'],
    ['5%,size=3', 'There is no "size"'],
    ['5%,then=stop', 'next or pause'],
  ])('refuses %s', (text, reason) => {
    expect(() => parseWave(text)).toThrow(reason);
  });
});
