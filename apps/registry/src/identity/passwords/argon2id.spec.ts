import { ARGON2ID_COSTS, hashPassword, isOutdated, verifyPassword } from './argon2id.js';
import { fromPhc, toPhc } from './phc.js';

/** From the test suite of the reference implementation (https://github.com/P-H-C/phc-winner-argon2, src/test.c). */
const REFERENCE = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
const CHEAP = { memory: 64, passes: 1, parallelism: 1 };

describe('a password hash', () => {
  it('is read as the reference implementation writes it', async () => {
    expect(await verifyPassword('password', REFERENCE)).toBe(true);
    expect(await verifyPassword('differentpassword', REFERENCE)).toBe(false);
  });

  it('is made with the costs that OWASP names, and says so', async () => {
    const phc = await hashPassword('correct horse battery');
    expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(isOutdated(phc)).toBe(false);
    expect(await verifyPassword('correct horse battery', phc)).toBe(true);
  });

  it('is another one each time', async () => {
    expect(await hashPassword('x', CHEAP)).not.toBe(await hashPassword('x', CHEAP));
  });

  it('does not depend on how a letter was composed', async () => {
    expect(await verifyPassword('caf\u00e9', await hashPassword('cafe\u0301', CHEAP))).toBe(true);
  });

  it.each([
    '',
    'password',
    REFERENCE.replace('argon2id', 'argon2i'),
    REFERENCE.replace('v=19', 'v=16'),
    `${REFERENCE}$x`,
  ])('that reads %p fits no password', async (phc) => {
    expect(await verifyPassword('password', phc)).toBe(false);
    expect(isOutdated(phc)).toBe(true);
  });

  it('is outdated when it cost less than today’s', () => {
    expect(isOutdated(REFERENCE)).toBe(true);
    const hash = fromPhc(REFERENCE);
    expect(hash && isOutdated(toPhc({ ...hash, ...ARGON2ID_COSTS }))).toBe(false);
  });
});
