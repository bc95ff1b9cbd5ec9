import { createServer } from 'node:net';

/** Where the services listen unless something else already does. */
const USUAL_PORTS = { registry: 7300, delivery: 7301, trainer: 7302, events: 7303, postgres: 7304 } as const;
type PortName = keyof typeof USUAL_PORTS;
export type Ports = Record<PortName, number>;

const tryListen = (host: string, port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });

/**
 * Picks the wanted ports, else those of the start `before`, so that devices find the service again, else the usual
 * ones. When one of them is taken, another instance is probably starting and will
 * take the others next, so every service gets a free port, but for those wanted that are free.
 */
export const choosePorts = async (
  host: string,
  wanted: Partial<Ports> = {},
  before: Partial<Ports> = {},
): Promise<Ports> => {
  const ports: Ports = { ...USUAL_PORTS, ...before, ...wanted };
  const names = Object.keys(USUAL_PORTS) as PortName[];
  const available = new Set<PortName>();
  for (const name of names) if (await tryListen(host, ports[name])) available.add(name);
  const distinct = new Set(Object.values(ports)).size === names.length;
  if (distinct && available.size === names.length) return ports;
  const chosen = new Set<number>();
  for (const name of names) {
    let port = wanted[name] !== undefined && available.has(name) ? ports[name] : undefined;
    while (port === undefined || chosen.has(port)) port = await tryListen(host, 0);
    chosen.add(port);
    ports[name] = port;
  }
  return ports;
};
