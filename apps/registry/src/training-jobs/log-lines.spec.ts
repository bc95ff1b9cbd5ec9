import type { JobEvent } from '@kernelcast/contracts';
import { toLogLine, toText } from './log-lines.js';

const at = '2030-01-01T00:00:00.000Z';
const messageOf = (type: JobEvent['type'], data: JobEvent['data']): string =>
  toLogLine({ id: 1, at, type, data }).message;

describe('a line of the log', () => {
  it('is what the trainer said', () => {
    expect(messageOf('log', { message: 'Training on 100 images', attempt: 1 })).toBe('Training on 100 images');
  });

  it.each([
    [{ state: 'queued' }, '[queued]'],
    [{ state: 'running', attempt: 2 }, '[running] attempt 2'],
    [
      { state: 'failed', error: { code: 'internal', message: 'No idea', retryable: true } },
      '[failed] internal: No idea',
    ],
  ])('tells a new state', (data, message) => {
    expect(messageOf('state', data)).toBe(message);
  });

  it('shows what nobody understands as it is', () => {
    expect(messageOf('log', { text: 'x' })).toBe('{"text":"x"}');
    expect(messageOf('state', { attempt: 1 })).toBe('{"attempt":1}');
  });
});

describe('the log as text', () => {
  it('has a line for each event, and indents what a message has of line breaks', () => {
    const lines = ['one', 'two\r\nthree\n', 'four'].map((message, id) => ({ id, at, message }));
    expect(toText(lines)).toBe(`${at} one\n${at} two\n  three\n${at} four\n`);
  });
});
