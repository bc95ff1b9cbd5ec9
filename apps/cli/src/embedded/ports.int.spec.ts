import { createServer, type AddressInfo, type Server } from 'node:net';
import { choosePorts } from './ports.js';

describe('choosePorts', () => {
  let taken: Server;
  afterEach(() => taken.close());

  it('leaves a taken port alone and gives every service its own', async () => {
    taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const ports = await choosePorts('127.0.0.1', { registry: port, delivery: port });
    const chosen = Object.values(ports);
    expect(chosen).not.toContain(port);
    expect(new Set(chosen).size).toBe(chosen.length);
  });

  it('takes the ports of the start before again', async () => {
    taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const first = await choosePorts('127.0.0.1', { registry: (taken.address() as AddressInfo).port });
    expect(await choosePorts('127.0.0.1', {}, first)).toEqual(first);
  });
});
