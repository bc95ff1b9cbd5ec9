import { digestOfDigit } from '../testing/fleet.factory.js';
import { answerBlob } from './blob-answer.js';

const DIGEST = digestOfDigit('a');
const TAG = `"${DIGEST}"`;
const answer = (headers: Record<string, string>) => {
  const { status, length, headers: flat } = answerBlob(headers, DIGEST, 1000);
  const at = flat.indexOf('content-range');
  return [status, length, at < 0 ? undefined : flat[at + 1]];
};

describe('a request for a blob', () => {
  it.each([
    [{}, 200, 1000, undefined],
    [{ range: 'bytes=0-99' }, 206, 100, 'bytes 0-99/1000'],
    [{ range: 'bytes=990-' }, 206, 10, 'bytes 990-999/1000'],
    [{ range: 'bytes=-5' }, 206, 5, 'bytes 995-999/1000'],
    [{ range: 'bytes=500-5000' }, 206, 500, 'bytes 500-999/1000'],
    [{ range: 'bytes=0-0,5-5' }, 200, 1000, undefined],
    [{ range: 'bytes=9-1' }, 200, 1000, undefined],
    [{ range: 'bytes=1000-' }, 416, 0, 'bytes */1000'],
    [{ range: 'bytes=-0' }, 416, 0, 'bytes */1000'],
    [{ range: 'bytes=5-', 'if-range': TAG }, 206, 995, 'bytes 5-999/1000'],
    [{ range: 'bytes=5-', 'if-range': `W/${TAG}` }, 200, 1000, undefined],
    [{ range: 'bytes=5-', 'if-range': '"another"' }, 200, 1000, undefined],
    [{ 'if-none-match': TAG }, 304, 0, undefined],
    [{ 'if-none-match': `"x", W/${TAG}`, range: 'bytes=2000-' }, 304, 0, undefined],
    [{ 'if-none-match': '"x"' }, 200, 1000, undefined],
  ])('with %j is answered %i', (headers, status, length, contentRange) => {
    expect(answer(headers)).toEqual([status, length, contentRange]);
  });
});
