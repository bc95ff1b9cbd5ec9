import { nameObject } from './object-names.js';

const hex = 'ab'.repeat(32);

describe('nameObject', () => {
  it.each([
    [`blobs/sha256/ab/${hex}`, { name: `sha256:${hex}`, kind: 'blob' }],
    ['uploads/upl_1.0.x', { name: 'uploads/upl_1.0.x', kind: 'keyed' }],
    ['checkpoints/job_1/token/7', { name: 'checkpoints/job_1/token/7', kind: 'keyed' }],
    ['incoming/x', { name: 'incoming/x', kind: 'incoming' }],
  ])('knows %s', (key, object) => expect(nameObject(key)).toEqual(object));

  it.each([`blobs/sha256/cd/${hex}`, 'blobs/sha256/ab/short', 'audit/last-checkpoint.json', 'constructor/x', 'other'])(
    'does not know %s, which is left alone',
    (key) => expect(nameObject(key)).toBeUndefined(),
  );
});
