import { decodeCursor, encodeCursor } from './cursor.js';

const query = { name: 'tasks', scope: ['project_1'], sort: '-createdAt', search: undefined };
const id = 'task_01J9Z3K2Q4R5S6T7V8W9X0Y1Z2';
const forged = (...members: unknown[]): string => {
  const real = JSON.parse(Buffer.from(encodeCursor({ key: 'x', id }, query), 'base64url').toString()) as unknown[];
  return Buffer.from(JSON.stringify([real[0], ...members])).toString('base64url');
};

describe('a cursor', () => {
  it.each([
    ['time', new Date('2026-01-02T03:04:05.678Z')],
    ['text', 'a-name'],
    ['integer', 17],
    ['real', 0.1 + 0.2],
  ] as const)('brings a %s back as it was', (type, key) => {
    expect(decodeCursor(encodeCursor({ key, id }, query), type, query)).toEqual({ key, id });
  });

  it.each([
    ['order', { ...query, sort: 'createdAt' }],
    ['filter', { ...query, search: 'cat' }],
    ['list', { ...query, name: 'datasets' }],
    ['project', { ...query, scope: ['project_2'] }],
  ])('is refused with another %s', (_, other) => {
    const cursor = encodeCursor({ key: 'x', id }, query);
    expect(() => decodeCursor(cursor, 'text', other)).toThrow('Use nextCursor');
  });

  it.each([
    ['no base64', '%%%', 'text'],
    ['no JSON', Buffer.from('{').toString('base64url'), 'text'],
    ['an id of a row', id, 'text'],
    ['another kind of key', encodeCursor({ key: 'x', id }, query), 'time'],
    ['a day that there is not', forged('2026-02-31T00:00:00.000Z', id), 'time'],
    ['a number past the column', forged(2 ** 40, id), 'integer'],
    ['what Postgres takes for no text', forged('\0', id), 'text'],
    ['an id that is none', forged('x', 5), 'text'],
    ['too much', forged('x', id, 1), 'text'],
  ] as const)('is refused when it is %s', (_, cursor, type) => {
    expect(() => decodeCursor(cursor, type, query)).toThrow('Use nextCursor');
  });
});
