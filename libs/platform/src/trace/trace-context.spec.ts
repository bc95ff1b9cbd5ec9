import { continueTrace, parseTraceparent, toTraceparent } from './trace-context.js';

const [traceId, spanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];

describe('traceparent', () => {
  it.each([
    ['of the first version', `00-${traceId}-${spanId}-01`],
    ['of a later one with more to it', `cc-${traceId}-${spanId}-01-what-the-future-holds`],
  ])('%s is read', (_, header) => {
    expect(parseTraceparent(header)).toEqual({ traceId, spanId, flags: '01' });
  });

  it.each([
    ['that is absent', undefined],
    ['given twice', `00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`],
    ['with more than the first version has', `00-${traceId}-${spanId}-01-x`],
    ['of no version', `ff-${traceId}-${spanId}-01`],
    ['of no trace', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['of no span', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['in upper case', `00-${traceId.toUpperCase()}-${spanId}-01`],
    ['cut short', `00-${traceId}-${spanId}`],
    ['of a later version glued to more', `01-${traceId}-${spanId}-01x`],
  ])('%s begins a new trace', (_, header) => {
    expect(parseTraceparent(header)).toBeUndefined();
    const trace = continueTrace(header);
    expect(trace.traceId).not.toBe(traceId);
    expect(parseTraceparent(toTraceparent(trace))).toEqual(trace);
  });

  it('hands the trace on under an id of its own, with the flags that it knows', () => {
    const trace = continueTrace(`00-${traceId}-${spanId}-ff`);
    expect(trace.spanId).not.toBe(spanId);
    expect(toTraceparent(trace)).toBe(`00-${traceId}-${trace.spanId}-03`);
  });
});
