import { urlFault } from './address-rules.js';
import { networksOf } from './addresses.js';

const rules = { allowHttp: false, ports: new Set([443, 8443]), allowedNetworks: networksOf([]) };

describe('urlFault', () => {
  it.each(['https://example.com/hook?x=1', 'https://example.com:8443/', 'https://8.8.8.8/', 'https://[2606:4700::1]/'])(
    'finds none in %s',
    (url) => expect(urlFault(url, rules)).toBeUndefined(),
  );

  it.each([
    ['http://example.com/', 'https'],
    ['ftp://example.com/', 'https'],
    ['https://user@example.com/', 'user name'],
    ['https://:secret@example.com/', 'password'],
    ['https://example.com/#x', 'fragment'],
    ['https://example.com:22/', 'ports'],
    ['https://127.0.0.1/', 'public'],
    ['https://0x7f.1/', 'public'],
    ['https://2130706433/', 'public'],
    ['https://[::1]/', 'public'],
    ['https://[::ffff:10.0.0.1]/', 'public'],
    ['https://169.254.169.254/latest', 'public'],
    ['not a url', 'no URL'],
  ])('refuses %s', (url, reason) => expect(urlFault(url, rules)).toContain(reason));

  it('takes plain HTTP when that is allowed', () => {
    expect(urlFault('http://example.com:443/', { ...rules, allowHttp: true })).toBeUndefined();
  });
});
