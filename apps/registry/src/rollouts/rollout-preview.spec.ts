import { waveSchema } from '@kernelcast/contracts';
import { previewOf, type PreviewRow } from './rollout-preview.js';

const row = (fields: Partial<PreviewRow>): PreviewRow => ({
  wave: 0,
  fits: true,
  taken: false,
  digest: null,
  devices: 1,
  ...fields,
});
const waves = [0.1, 0.5].map((share) => waveSchema.parse({ share }));
const version = { digest: 'new', size: 1000 };

describe('what a rollout would do', () => {
  it('counts each device in the first wave that reaches it, and what there is to fetch', () => {
    const rows = [
      row({ devices: 10 }),
      row({ devices: 3, digest: 'new' }),
      row({ devices: 40, wave: 1, digest: 'old' }),
      row({ devices: 50, wave: null }),
    ];
    expect(previewOf({ waves, rows, version, bandwidth: 4000 })).toEqual({
      devices: 103,
      lackBase: 0,
      decidedByOthers: 0,
      waves: [
        { share: 0.1, devices: 13, added: 13, haveVersion: 3 },
        { share: 0.5, devices: 53, added: 40, haveVersion: 0 },
      ],
      bytes: { perDevice: 1000, total: 50_000 },
      airtimeSeconds: { perDevice: 2, total: 100 },
    });
  });

  it('leaves out devices of another base and those of other rollouts, and tells how many they are', () => {
    const rows = [row({ devices: 5, fits: false }), row({ devices: 7, taken: true }), row({ devices: 1 })];
    const preview = previewOf({ waves, rows, version });
    expect(preview).toMatchObject({ lackBase: 5, decidedByOthers: 7, bytes: { total: 1000 }, airtimeSeconds: null });
    expect(preview.waves.map(({ devices }) => devices)).toEqual([1, 1]);
  });
});
