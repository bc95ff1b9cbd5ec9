import { connect, createServer, type AddressInfo, type Server } from 'node:net';

export interface CutOptions {
  /** Address behind the proxy. */
  readonly target: string;
  /** Bytes of a client after which its connection is cut. */
  readonly afterBytes: number;
  /** Connections that are cut; later ones live. */
  readonly cuts: number;
}

/** A TCP proxy that cuts connections in the middle of what a client sends. */
export class CuttingProxy {
  private constructor(
    private readonly server: Server,
    readonly url: string,
    private readonly counted: { cuts: number },
  ) {}

  static async start({ target, afterBytes, cuts }: CutOptions): Promise<CuttingProxy> {
    const { hostname: host, port } = new URL(target);
    const counted = { cuts: 0 };
    const server = createServer((client) => {
      const upstream = connect({ host, port: Number(port) });
      let bytes = 0;
      client.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes < afterBytes || counted.cuts >= cuts) return;
        counted.cuts += 1;
        client.resetAndDestroy();
        upstream.destroy();
      });
      client.pipe(upstream).pipe(client);
      // A cut side is the point; the other one goes with it.
      client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
      upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new CuttingProxy(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, counted);
  }

  /** Connections cut so far. */
  get cuts(): number {
    return this.counted.cuts;
  }

  stop(): void {
    this.server.close();
  }
}
