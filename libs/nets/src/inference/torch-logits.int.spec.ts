import { readFileSync } from 'node:fs';
import { initInferenceBackend } from '@kernelcast/compute';
import { loadBuiltinBaseNetwork } from '../node/builtin/builtin-base-networks.js';
import { foldBatchNorm } from './fold-batch-norm.js';
import type { Network } from './fold-batch-norm.js';
import { createRunner } from './runner.js';

/** Written by `tools/import-base/torch_logits.py`: eight CIFAR-10 test images and what PyTorch makes of them. */
const fixture = JSON.parse(readFileSync(new URL('torch-logits.fixture.json', import.meta.url), 'utf8')) as {
  images: string;
  logits: number[][];
};
/** Both sides compute in single precision from the same half precision weights, but add in different orders. */
const TOLERANCE = 1e-3;

beforeAll(() => initInferenceBackend());

describe('resnet14-cifar10', () => {
  it.each<[string, (network: Network) => Network]>([
    ['as it is', (network) => network],
    ['with BatchNorm folded', foldBatchNorm],
  ])('computes the logits that PyTorch computes, %s', async (_, prepare) => {
    const { base, head } = await loadBuiltinBaseNetwork('resnet14-cifar10');
    const runner = createRunner(prepare(base), head);
    const logits = runner.predict(Buffer.from(fixture.images, 'base64'));
    runner.dispose();
    const expected = fixture.logits.flat();
    expect(logits).toHaveLength(8 * 10);
    const worst = Math.max(...expected.map((value, i) => Math.abs(value - (logits[i] ?? Number.NaN))));
    expect(worst).toBeLessThan(TOLERANCE);
  });
});
