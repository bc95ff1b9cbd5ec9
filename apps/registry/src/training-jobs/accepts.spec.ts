import { accepts } from './accepts.js';

describe('an Accept header', () => {
  it.each([
    ['text/event-stream', true],
    ['application/json, Text/Event-Stream;q=0.5', true],
    ['application/json', false],
    ['*/*', false],
    [undefined, false],
  ])('%p asks for an event stream: %p', (header, expected) => {
    expect(accepts(header, 'text/event-stream')).toBe(expected);
  });
});
