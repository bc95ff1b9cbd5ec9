import { localPath, openLoginState, sealLoginState } from './login-state.js';

const key = new Uint8Array(32).fill(7);
const state = { state: 's', nonce: 'n', codeVerifier: 'v', returnTo: '/', expiresAt: 2000 };

describe('the state of a login', () => {
  it('is opened with the key that sealed it, until it expires', () => {
    const sealed = sealLoginState(state, key);
    expect(sealed).not.toContain('nonce');
    expect(openLoginState(sealed, key, 1999)).toEqual(state);
    expect(openLoginState(sealed, key, 2000)).toBeUndefined();
    expect(openLoginState(sealed, new Uint8Array(32), 1999)).toBeUndefined();
    expect(openLoginState(`${sealed.slice(0, -4)}AAAA`, key, 1999)).toBeUndefined();
    expect(openLoginState('', key, 1999)).toBeUndefined();
  });
});

describe('localPath', () => {
  it.each([
    ['/training-jobs?state=running', '/training-jobs?state=running'],
    ['/a/../b', '/b'],
    ['//evil.example/x', '/'],
    ['/\\evil.example', '/'],
    ['/x/..//evil.example', '/'],
    ['/\t/evil.example', '/'],
    ['https://evil.example', '/'],
    ['javascript:alert(1)', '/'],
    [undefined, '/'],
  ])('of %p is %p', (returnTo, path) => {
    expect(localPath(returnTo)).toBe(path);
  });
});
