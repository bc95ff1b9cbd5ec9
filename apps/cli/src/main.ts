#!/usr/bin/env node
import { CommanderError } from 'commander';
import { CliError, EXIT } from './failures/cli-error.js';
import { reportFailure } from './failures/report-failure.js';
import { createProgram } from './program.js';

// A reader that has seen enough, such as `head`, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});

try {
  await createProgram().parseAsync();
} catch (error) {
  // Commander has said what was wrong; asking for help is no error.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else {
    reportFailure(error, process.argv, process.stderr);
    process.exitCode = error instanceof CliError ? error.exitCode : EXIT.failed;
  }
}
