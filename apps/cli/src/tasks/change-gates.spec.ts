import { gatesSchema } from '@kernelcast/contracts';
import { changeGates } from './change-gates.js';

const before = gatesSchema.parse({ accuracyFloor: { value: 0.8 }, notWorse: { enforcement: 'advisory' } });

describe('changeGates', () => {
  it('sets, replaces and removes gates, and leaves the others as they are', () => {
    const set = { accuracyFloor: 0.9, maxBytes: 60_000 };
    expect(changeGates(before, { set, remove: ['notWorse'] })).toEqual({
      accuracyFloor: { value: 0.9, enforcement: 'required' },
      maxBytes: { bytes: 60_000, enforcement: 'required' },
    });
    expect(changeGates(before, { set: { beatsHead: 0.01 }, advisory: true })).toEqual({
      ...before,
      beatsHead: { margin: 0.01, enforcement: 'advisory' },
    });
  });

  it('knows every gate of the contract', () => {
    const limits = {
      accuracyFloor: 1,
      perClassFloor: 1,
      notWorse: 0.1,
      beatsHead: 0,
      maxBytes: 1,
      maxSwapMs: 1,
      maxSwapRatio: 1,
    };
    expect(Object.keys(changeGates({}, { set: limits })).sort()).toEqual(Object.keys(gatesSchema.shape).sort());
  });

  it.each([
    [{ speed: 1 }, 'There is no gate "speed"'],
    [{ accuracyFloor: 2 }, 'accuracyFloor.value'],
    [{ maxBytes: 'few' }, 'maxBytes.bytes'],
  ])('refuses %j', (set, reason) => {
    expect(() => changeGates({}, { set })).toThrow(reason);
  });
});
