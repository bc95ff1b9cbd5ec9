import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { tempDir } from '@kernelcast/testing';
import { saveArtifact } from './save-artifact.js';

const temp = tempDir('cli-artifact');
afterAll(() => temp.remove());
const bytes = new TextEncoder().encode('artifact');
const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

describe('saveArtifact', () => {
  it('writes the bytes that the digest names, and no others', async () => {
    const file = path.join(temp.path, 'a.kcm');
    await saveArtifact({ digest, bytes }, file);
    expect(readFileSync(file)).toEqual(Buffer.from(bytes));
    const spoilt = path.join(temp.path, 'b.kcm');
    await expect(saveArtifact({ digest, bytes: bytes.subarray(1) }, spoilt)).rejects.toThrow('is not sha256:');
    expect(readdirSync(temp.path)).toEqual(['a.kcm']);
  });

  it('says what to do when the file cannot be written', async () => {
    const nowhere = path.join(temp.path, 'missing/a.kcm');
    await expect(saveArtifact({ digest, bytes }, nowhere)).rejects.toMatchObject({
      advice: 'Name another with --output.',
    });
  });
});
