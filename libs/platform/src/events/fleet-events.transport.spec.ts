import { Transport } from '@nestjs/microservices';
import { fleetEventsTransport } from './fleet-events.transport.js';

const optionsFor = (url: string) => fleetEventsTransport({ REDIS_URL: url, KERNELCAST_EVENTS_PORT: 0 }).options;

describe('fleetEventsTransport', () => {
  it('is TCP on the loopback interface without Redis', () => {
    const { transport, options } = fleetEventsTransport({ KERNELCAST_EVENTS_PORT: 4100 });
    expect(transport).toBe(Transport.TCP);
    expect(options).toEqual({ host: '127.0.0.1', port: 4100 });
  });

  it('is Redis where there is one', () => {
    const url = 'redis://cache.internal';
    expect(fleetEventsTransport({ REDIS_URL: url, KERNELCAST_EVENTS_PORT: 4100 }).transport).toBe(Transport.REDIS);
    expect(optionsFor(url)).toEqual({ host: 'cache.internal', port: 6379 });
  });

  it('takes credentials, decoded, and TLS from the URL', () => {
    expect(optionsFor('rediss://ada:p%40ss@cache.internal:6380')).toEqual({
      host: 'cache.internal',
      port: 6380,
      username: 'ada',
      password: 'p@ss',
      tls: {},
    });
  });
});
