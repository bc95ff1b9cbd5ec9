#!/usr/bin/env node
import { Command } from 'commander';
import { datasetsCommand } from './commands/datasets.command.js';
import { demoCommand } from './commands/demo.command.js';
import { replayCommand } from './commands/replay.command.js';
import { upCommand } from './commands/up.command.js';

const program = new Command('kernelcast')
  .description('Kernel modulation: train a task as a few kilobytes on a frozen network, and deliver it to devices')
  .version('0.1.0')
  .showHelpAfterError()
  .addCommand(upCommand())
  .addCommand(datasetsCommand())
  .addCommand(demoCommand())
  .addCommand(replayCommand());

try {
  await program.parseAsync();
} catch (error) {
  console.error(`kernelcast: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
