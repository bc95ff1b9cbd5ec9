import { createServer } from 'node:net';

/** Where the services listen unless something else already does. */
export const USUAL_PORTS = { registry: 7300, delivery: 7301, trainer: 7302, events: 7303, postgres: 7304 } as const;
export type PortName = keyof typeof USUAL_PORTS;
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

/** Picks the wanted port of each service, or a free one where it is taken. */
export const choosePorts = async (host: string, wanted: Partial<Ports> = {}): Promise<Ports> => {
  const ports: Ports = { ...USUAL_PORTS, ...wanted };
  const chosen = new Set<number>();
  for (const name of Object.keys(USUAL_PORTS) as PortName[]) {
    let port = await tryListen(host, ports[name]);
    while (port === undefined || chosen.has(port)) port = await tryListen(host, 0);
    chosen.add(port);
    ports[name] = port;
  }
  return ports;
};
