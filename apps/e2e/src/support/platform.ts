import { createRegistryClient } from '@kernelcast/api-client';
import { waitFor } from '@kernelcast/testing';
import { z } from 'zod';
import { childrenRunning, exitOf, startApp } from './processes.js';

const addressesSchema = z.object({
  registryUrl: z.string(),
  deliveryUrl: z.string(),
  databaseUrl: z.string(),
  adminApiKey: z.string(),
  dashboardUrl: z.string(),
});
type Addresses = z.infer<typeof addressesSchema>;

const START_TIMEOUT_MS = 90_000;

/** The product as `kernelcast up` starts it, in a process of its own. */
export class PlatformUnderTest {
  private constructor(
    private readonly running: ReturnType<typeof startApp>,
    readonly at: Addresses,
  ) {}

  static async start(dataDir: string, env: Record<string, string> = {}): Promise<PlatformUnderTest> {
    const running = startApp('cli', ['up', '--json', '--data-dir', dataDir], env);
    const started = waitFor(
      'kernelcast up to say where everything is',
      () =>
        running
          .output()
          .split('\n')
          .find((text) => text.startsWith('{') && text.endsWith('}')),
      START_TIMEOUT_MS,
    );
    const ended = exitOf(running.child).then((code) =>
      Promise.reject(new Error(`kernelcast up ended (${code}):\n${running.output()}`)),
    );
    const line = await Promise.race([started, ended]);
    ended.catch(() => undefined);
    return new PlatformUnderTest(running, addressesSchema.parse(JSON.parse(line)));
  }

  /** For generated operations: `listTasks(platform.call)`. */
  get call() {
    return {
      client: createRegistryClient({ baseUrl: this.at.registryUrl, apiKey: this.at.adminApiKey }),
      throwOnError: true as const,
    };
  }

  get registry() {
    return { baseUrl: this.at.registryUrl, apiKey: this.at.adminApiKey };
  }

  /** Process ids of the running trainer. */
  trainers(): number[] {
    return childrenRunning(this.running.child.pid ?? 0, 'trainer/dist/main.js');
  }

  /** Ctrl-C. Returns the exit code. */
  async stop(): Promise<number | null> {
    this.running.child.kill('SIGINT');
    return exitOf(this.running.child);
  }
}
