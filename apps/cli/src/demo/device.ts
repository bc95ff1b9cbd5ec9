import { execFile, fork, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const AGENT = path.resolve(import.meta.dirname, '../../../device-agent/dist/main.js');
/** Output of a classification of some thousands of files. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

const run = promisify(execFile);

const statusSchema = z.object({
  slots: z.array(
    z.object({
      slot: z.string(),
      task: z.string(),
      version: z.number(),
      phase: z.string(),
      downloadedBytes: z.number(),
      swapMs: z.number().nullable(),
    }),
  ),
});
export type DeviceSlot = z.infer<typeof statusSchema>['slots'][number];
const predictionsSchema = z.array(z.object({ file: z.string(), label: z.string(), probability: z.number() }));

/** The reference device agent, driven through its command line as on a device. */
export class DemoDevice {
  private agent: ChildProcess | undefined;

  constructor(
    private readonly stateDir: string,
    private readonly logFile: string,
  ) {}

  private async command(name: string, ...args: string[]): Promise<unknown> {
    const { stdout } = await run(
      process.execPath,
      ['--no-warnings', AGENT, name, '--state', this.stateDir, '--json', ...args],
      {
        maxBuffer: MAX_OUTPUT_BYTES,
      },
    );
    return JSON.parse(stdout);
  }

  async enrol(deliveryUrl: string, token: string): Promise<void> {
    await this.command('enrol', '--server', deliveryUrl, '--token', token, '--attribute', 'name=demo-device');
  }

  /** Lets the agent poll, install and report in the background. */
  start(): void {
    const log = createWriteStream(this.logFile, { flags: 'a' });
    this.agent = fork(AGENT, ['run', '--state', this.stateDir], {
      execArgv: ['--no-warnings'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    });
    this.agent.stdout?.pipe(log);
    this.agent.stderr?.pipe(log);
  }

  async slots(): Promise<DeviceSlot[]> {
    return statusSchema.parse(await this.command('status')).slots;
  }

  /** Share of the images that the device puts into their class. */
  async accuracy(task: string, images: ReadonlyArray<{ file: string; label: string }>): Promise<number> {
    const predictions = predictionsSchema.parse(
      await this.command('classify', '--task', task, ...images.map(({ file }) => file)),
    );
    const predicted = new Map(predictions.map(({ file, label }) => [path.basename(file), label]));
    const hits = images.filter(({ file, label }) => predicted.get(path.basename(file)) === label);
    return hits.length / images.length;
  }

  async stop(): Promise<void> {
    const { agent } = this;
    if (!agent || agent.exitCode !== null) return;
    const exited = new Promise((resolve) => agent.once('exit', resolve));
    agent.kill('SIGTERM');
    await exited;
  }
}
