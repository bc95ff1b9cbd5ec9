import type { DatasetVersion } from '@kernelcast/contracts';
import { formatPushReport } from './push-report.js';

const version = (changes: Partial<DatasetVersion> = {}): DatasetVersion => ({
  id: 'dsv_1',
  datasetId: 'ds_1',
  version: 3,
  state: 'ready',
  digest: `sha256:${'a'.repeat(64)}`,
  sourceDigest: `sha256:${'a'.repeat(64)}`,
  size: 1_500_000,
  labels: ['cat', 'dog'],
  classes: [
    { label: 'cat', train: 3, test: 1 },
    { label: 'dog', train: 4, test: 2 },
  ],
  images: 10,
  findings: [],
  createdAt: '2030-01-01T00:00:00.000Z',
  ...changes,
});

describe('formatPushReport', () => {
  it('says what is in a ready version', () => {
    const text = formatPushReport({ dataset: 'pets', duplicate: false, version: version() });
    expect(text).toContain('pets version 3 is ready');
    expect(text).toContain('10 in 2 classes: 7 to train, 3 to test with');
    expect(text).toContain('1.5 MB');
  });

  it('names the files of an invalid one', () => {
    const findings = [
      { code: 'leakage' as const, severity: 'error' as const, file: 'train/cat/0.png', detail: 'is tested with' },
      { code: 'not_a_zip' as const, severity: 'error' as const, file: '', detail: 'cut off' },
    ];
    const lines = formatPushReport({
      dataset: 'pets',
      duplicate: false,
      version: version({ state: 'invalid', digest: null, findings }),
    }).split('\n');
    expect(lines).toEqual([
      'pets version 3 is invalid',
      '  error    leakage    train/cat/0.png: is tested with',
      '  error    not_a_zip  cut off',
    ]);
  });

  it('says that the bytes were there already', () => {
    const text = formatPushReport({ dataset: 'pets', duplicate: true, version: version() });
    expect(text).toContain('pets has these bytes already, as version 3 (ready)');
  });
});
