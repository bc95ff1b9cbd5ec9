import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { formatReport } from '../demo/demo-report.js';
import { prepareDemoFolder } from '../demo/demo-folder.js';
import { withExamples } from '../framework/registry-command.js';
import { ProgressBoard } from '../output/progress-board.js';
import { untilSignal } from './signals.js';
import { DEFAULT_DATA_DIR, describePlatform } from './up.command.js';

interface DemoFlags {
  dataDir: string;
  host: string;
  exit?: boolean;
  json?: string;
}

const say = (text: string) => console.log(`▸ ${text}`);

const run = async ({ dataDir, host, exit, json }: DemoFlags): Promise<void> => {
  const started = performance.now();
  const [{ runDemo }, { DemoDevice }, { startEmbeddedPlatform }] = await Promise.all([
    import('../demo/demo.js'),
    import('../demo/device.js'),
    import('../embedded/embedded-platform.js'),
  ]);
  const root = path.resolve(dataDir);
  const signal = untilSignal();
  prepareDemoFolder(root);
  say('Starting Postgres, registry, delivery and trainer');
  const platform = await startEmbeddedPlatform({ dataDir: root, host, env: process.env, onProgress: () => undefined });
  const device = new DemoDevice(path.join(root, 'device'), path.join(platform.logs, 'device-agent.log'));
  const stop = async () => {
    await device.stop();
    await platform.stop();
  };
  const stopped = new AbortController();
  const abort = signal.then(() => {
    stopped.abort();
    throw new Error('stopped');
  });
  try {
    const context = { platform, folder: root, board: new ProgressBoard(process.stdout), say, signal: stopped.signal };
    const found = await Promise.race([runDemo(context, device), abort]);
    const result = { ...found, totalSeconds: Math.round((performance.now() - started) / 100) / 10 };
    console.log(`\n${formatReport(result)}\n\n  ${result.totalSeconds} s in all\n`);
    if (json) await writeFile(json, `${JSON.stringify(result, null, 2)}\n`);
    if (!exit) {
      console.log(
        `Everything stays up; the device keeps polling.\n\n${describePlatform(platform)}\n\nPress Ctrl-C to stop.`,
      );
      await signal;
    }
  } finally {
    await stop();
  }
};

/** `kernelcast demo`: two tasks from real images to a device, with the figures. */
export const demoCommand = (): Command =>
  withExamples(
    new Command('demo')
      .description('train two tasks from real images, deliver them to a device, and show what it cost')
      .option(
        '-d, --data-dir <folder>',
        'folder of the demonstration; emptied first if it is from an earlier one',
        path.join(DEFAULT_DATA_DIR, 'demo'),
      )
      .option('--host <address>', 'address to listen on', '127.0.0.1')
      .option('--exit', 'stop when the table is shown instead of staying up')
      .option('--json <file>', 'write the figures as JSON too')
      .action(run),
    ['demo', 'demo --exit --json figures.json'],
  );
