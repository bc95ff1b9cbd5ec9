import { styleText } from 'node:util';

/** Control characters, and those that turn the direction of text: a terminal would obey them. */
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** Characters that take two cells: East Asian wide and full-width ones (Unicode UAX #11) and emoji. */
const WIDE =
  /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F|[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}])/u;

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const graphemes = (text: string): string[] => Array.from(segmenter.segment(text), ({ segment }) => segment);
const cells = (grapheme: string): number => (WIDE.test(grapheme) ? 2 : 1);

/** Text from elsewhere on one line, harmless to a terminal. */
export const printable = (text: string): string =>
  text
    .replaceAll(/\s*[\r\n]+\s*/g, ' ')
    .replaceAll('\t', ' ')
    .replaceAll(UNSAFE, '\u{FFFD}');

/** Cells that a printable text takes in a terminal. */
export const displayWidth = (text: string): number =>
  graphemes(text).reduce((sum, grapheme) => sum + cells(grapheme), 0);

/** Cuts a text to so many cells; an ellipsis tells that something is missing. */
export const truncate = (text: string, width: number): string => {
  if (displayWidth(text) <= width) return text;
  let [kept, used] = ['', 0];
  for (const grapheme of graphemes(text)) {
    used += cells(grapheme);
    if (used > width - 1) break;
    kept += grapheme;
  }
  return width < 1 ? '' : `${kept}…`;
};

/** Fills a text with blanks to so many cells. */
export const pad = (text: string, width: number, right = false): string => {
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return right ? blanks + text : text + blanks;
};

export type Style = Parameters<typeof styleText>[0];
/** Colours a text, or not: where nobody sees it, or nobody wants it. */
export type Paint = (style: Style, text: string) => string;

export const plain: Paint = (_style, text) => text;

/** Colours for a stream: only on a terminal, and not with NO_COLOR (https://no-color.org). */
export const painterFor = (stream: NodeJS.WriteStream, wanted: boolean): Paint =>
  wanted ? (style, text) => styleText(style, text, { stream, validateStream: true }) : plain;
