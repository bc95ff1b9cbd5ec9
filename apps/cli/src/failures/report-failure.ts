import { painterFor, printable } from '../output/text.js';
import { CliError } from './cli-error.js';

/**
 * Says on standard error what happened, and what to do: a line each, or with `--json` one JSON document. With `--verbose`
 * the request id too.
 */
export const reportFailure = (error: unknown, argv: readonly string[], out: NodeJS.WriteStream): void => {
  const failure =
    error instanceof CliError ? error : new CliError(printable(error instanceof Error ? error.message : String(error)));
  const { message, advice, code, requestId } = failure;
  if (argv.includes('--json')) {
    out.write(`${JSON.stringify({ error: { code, message, advice, requestId } })}\n`);
    return;
  }
  const paint = painterFor(out, !argv.includes('--no-color'));
  const verbose = argv.includes('--verbose') || argv.includes('-v');
  const lines = [
    `${paint('red', 'kernelcast:')} ${message}`,
    ...(advice ? [`  ${advice}`] : []),
    ...(verbose && requestId ? [`  request ${requestId}`] : []),
  ];
  out.write(`${lines.join('\n')}\n`);
};
