import { idSchema } from '@kernelcast/contracts';
import { newId } from './ids.js';

describe('a new id', () => {
  it('is one that the contracts accept, of its kind', () => {
    expect(idSchema('trainingJob').safeParse(newId('trainingJob')).success).toBe(true);
    expect(idSchema('task').safeParse(newId('trainingJob')).success).toBe(false);
  });

  it('sorts after all ids made before, even within one millisecond', () => {
    const ids = Array.from({ length: 1000 }, () => newId('device'));
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(1000);
  });
});
