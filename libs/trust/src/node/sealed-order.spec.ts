import { openOrder, sealOrder } from './sealed-order.js';

const key = new Uint8Array(32).fill(7);
const now = new Date('2026-03-01T12:00:00Z');
const later = (seconds: number): Date => new Date(now.getTime() + seconds * 1_000);
const sealed = sealOrder('bundle', { groupId: 'grp_1' }, key, now);
const open = (given: unknown, at = now): unknown => openOrder('bundle', given, key, at);

describe('a sealed order', () => {
  it('opens for a holder of the key while it is new', () => {
    expect(open(sealed)).toEqual({ groupId: 'grp_1' });
    expect(open(JSON.parse(JSON.stringify(sealed)), later(59))).toEqual({ groupId: 'grp_1' });
  });

  it.each<[string, () => unknown]>([
    ['another key', () => openOrder('bundle', sealed, new Uint8Array(32), now)],
    ['another purpose', () => openOrder('other', sealed, key, now)],
    ['a changed body', () => open({ ...sealed, body: sealed.body.replace('grp_1', 'grp_2') })],
    ['an age of over a minute', () => open(sealed, later(61))],
    ['a time to come', () => open(sealed, later(-61))],
    ['no MAC', () => open({ body: sealed.body })],
    ['a short MAC', () => open({ ...sealed, mac: sealed.mac.slice(1) })],
    ['a body without end', () => open({ ...sealed, body: 'x'.repeat(100_000) })],
    ['nothing', () => open(undefined)],
    ['a string', () => open('order')],
  ])('is refused with %s', (_, attempt) => {
    expect(attempt).toThrow('order_invalid');
  });
});
