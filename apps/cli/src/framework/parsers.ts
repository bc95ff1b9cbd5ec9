import { InvalidArgumentError } from 'commander';

const UNITS = { s: 1, m: 60, min: 60, h: 3600, d: 86_400, w: 604_800 } as const;

/** Seconds of a span like `90`, `45s`, `30m`, `2h`, `7d`. @throws InvalidArgumentError when it is none */
export const parseSpan = (text: string): number => {
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)\s*(s|m|min|h|d|w)?$/.exec(text.trim()) ?? [];
  if (amount === undefined) throw new InvalidArgumentError('It must be a span like 45s, 30m, 2h or 7d.');
  return Number(amount) * UNITS[unit as keyof typeof UNITS];
};

interface MomentOptions {
  readonly now?: number;
  /** A span leads back from now rather than on. */
  readonly before?: boolean;
}

/** A moment as RFC 3339, or a span from now. @throws InvalidArgumentError when it is neither */
export const parseMoment = (text: string, { now = Date.now(), before = false }: MomentOptions = {}): string => {
  if (/^\d{4}-/.test(text)) {
    const at = Date.parse(text);
    if (!Number.isNaN(at)) return new Date(at).toISOString();
  } else if (/^\d/.test(text)) return new Date(now + parseSpan(text) * (before ? -1000 : 1000)).toISOString();
  throw new InvalidArgumentError('It must be a time like 2030-01-31T12:00:00Z, or a span from now like 2h.');
};

export const parseNumber = (text: string): number => {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number)) throw new InvalidArgumentError('It must be a number.');
  return number;
};

export const parseWhole = (text: string): number => {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
};

/** A value of a setting: a number, true or false, a list of numbers, or a word. */
const parseValue = (text: string): number | boolean | string | number[] => {
  if (text === 'true' || text === 'false') return text === 'true';
  const numbers = text.split(',').map(Number);
  if (text.trim() === '' || numbers.some((number) => !Number.isFinite(number))) return text;
  return numbers.length === 1 ? Number(text) : numbers;
};

/** Gathers repeated `name=value`. @throws InvalidArgumentError when there is no name or value */
export const collectSettings = (
  text: string,
  before: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> => {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError('It must be name=value.');
  return { ...before, [text.slice(0, at).trim()]: parseValue(text.slice(at + 1).trim()) };
};

/** Gathers an option that is given several times, or once with commas. */
export const collectList = (text: string, before: readonly string[] = []): string[] => [
  ...before,
  ...text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
];
