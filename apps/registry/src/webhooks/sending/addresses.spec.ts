import { isAddressAllowed, networksOf } from './addresses.js';

const nothing = networksOf([]);

describe('isAddressAllowed', () => {
  it.each(['8.8.8.8', '1.1.1.1', '172.15.0.1', '172.32.0.1', '100.63.255.255', '2606:4700::1111', '2a00:1450::1'])(
    'lets the public %s pass',
    (address) => expect(isAddressAllowed(address, nothing)).toBe(true),
  );

  it.each([
    ['this host', '0.0.0.0'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.1.2'],
    ['loopback', '::1'],
    ['nothing', '::'],
    ['private', '10.1.2.3'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.0.1'],
    ['shared', '100.64.0.1'],
    ['metadata', '169.254.169.254'],
    ['metadata', 'fd00:ec2::254'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['unique local', 'fc00::1'],
    ['multicast', '224.0.0.1'],
    ['multicast', 'ff02::1'],
    ['broadcast', '255.255.255.255'],
    ['benchmark', '198.18.0.1'],
    ['IPv4-mapped loopback', '::ffff:127.0.0.1'],
    ['IPv4-mapped metadata', '::ffff:a9fe:a9fe'],
    ['IPv4-mapped public', '::ffff:8.8.8.8'],
    ['IPv4-compatible', '::127.0.0.1'],
    ['NAT64', '64:ff9b::7f00:1'],
    ['NAT64 of a local network', '64:ff9b:1::a00:1'],
    ['Teredo', '2001:0:7f00:1::'],
    ['6to4', '2002:7f00:1::'],
    ['documentation', '2001:db8::1'],
    ['no address', 'localhost'],
  ])('refuses a %s address, %s', (_, address) => expect(isAddressAllowed(address, nothing)).toBe(false));

  it('lets pass what the operator allows, and still no metadata address', () => {
    const allowed = networksOf(['10.0.0.0/8', '169.254.0.0/16', 'fd00::/8']);
    expect(isAddressAllowed('10.1.2.3', allowed)).toBe(true);
    expect(isAddressAllowed('fd00::1', allowed)).toBe(true);
    expect(isAddressAllowed('192.168.0.1', allowed)).toBe(false);
    expect(isAddressAllowed('169.254.169.254', allowed)).toBe(false);
    expect(isAddressAllowed('::ffff:10.1.2.3', allowed)).toBe(false);
  });
});
