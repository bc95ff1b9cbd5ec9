import type { waveSchema } from '@kernelcast/contracts';
import { InvalidArgumentError } from 'commander';
import type { z } from 'zod';
import { parseSpan, parseWhole } from '../framework/parsers.js';

export type Wave = z.input<typeof waveSchema>;

/** A share from `5%` or `0.05`. */
const parseShare = (text: string): number => {
  const [, number, percent] = /^(\d+(?:\.\d+)?)(%)?$/.exec(text.trim()) ?? [];
  const share = Number(number) / (percent ? 100 : 1);
  if (number === undefined || share > 1) throw new InvalidArgumentError(`"${text}" is no share like 5% or 0.05.`);
  return share;
};

const SETTINGS: Readonly<Record<string, (value: string) => Partial<Wave>>> = {
  sample: (value) => ({ minSample: parseWhole(value) }),
  soak: (value) => ({ soakSeconds: Math.round(parseSpan(value)) }),
  success: (value) => ({ successRatio: parseShare(value) }),
  errors: (value) => ({ errorRatio: parseShare(value) }),
  deadline: (value) => ({ deadlineSeconds: Math.round(parseSpan(value)) }),
  then: (value) => {
    if (value !== 'next' && value !== 'pause') throw new InvalidArgumentError('"then" takes next or pause.');
    return { onSuccess: value };
  },
};

/** Reads `5%,soak=1h,errors=1%`. @throws InvalidArgumentError when a part is not understood */
export const parseWave = (text: string): Wave => {
  const [share = '', ...settings] = text.split(',');
  return settings.reduce<Wave>(
    (wave, setting) => {
      const [name = '', value = ''] = setting.split('=').map((part) => part.trim());
      const read = SETTINGS[name];
      if (!read)
        throw new InvalidArgumentError(`There is no "${name}"; there are ${Object.keys(SETTINGS).join(', ')}.`);
      return { ...wave, ...read(value) };
    },
    { share: parseShare(share) },
  );
};

export const collectWaves = (text: string, before: readonly Wave[] = []): Wave[] => [...before, parseWave(text)];
