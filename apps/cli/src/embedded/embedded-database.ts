import { startEmbeddedPostgres, type EmbeddedPostgres } from '@kernelcast/platform';

export interface EmbeddedDatabaseOptions {
  dataDir: string;
  port: number;
  /** Told of crashes and restarts. */
  onNotice: (text: string) => void;
}

const RESTART_DELAY_MS = 1000;

/** The embedded Postgres, started again on its port when it dies unasked; the services connect anew by themselves. */
export class EmbeddedDatabase {
  private stopping = false;

  private constructor(
    private readonly options: EmbeddedDatabaseOptions,
    private server: EmbeddedPostgres,
  ) {
    this.watch();
  }

  /** @throws EmbeddedPostgresError when it cannot be started the first time */
  static async start(options: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
    return new EmbeddedDatabase(options, await startEmbeddedPostgres(options));
  }

  get url(): string {
    return this.server.url;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.server.stop();
  }

  private watch(): void {
    void this.server.crashed.then(() => this.restart());
  }

  private async restart(): Promise<void> {
    if (this.stopping) return;
    this.options.onNotice('Postgres stopped unexpectedly; starting it again');
    await new Promise((resolve) => setTimeout(resolve, RESTART_DELAY_MS));
    if (this.stopping) return;
    try {
      this.server = await startEmbeddedPostgres(this.options);
    } catch (error) {
      this.options.onNotice(`Postgres does not start: ${error instanceof Error ? error.message : String(error)}`);
      return this.restart();
    }
    this.options.onNotice('Postgres runs again');
    if (this.stopping) await this.server.stop();
    else this.watch();
  }
}
