import { ApiError } from '@kernelcast/api-client';
import type { Connection } from '../connection/choose-connection.js';
import { printable } from '../output/text.js';
import { ADVICE } from './advice.js';
import { CliError } from './cli-error.js';
import { speakTheSame } from './versions.js';

export interface FailureContext {
  readonly connection: Pick<Connection, 'server' | 'credential' | 'source'>;
  /** The credential came from the environment. */
  readonly keyFromEnvironment: boolean;
  /** This program's release, and that of the registry where it could be asked. */
  readonly ours: string;
  readonly theirs?: string;
}

/** An answer that a registry of our release would not give: a route it lacks, a shape we do not know. */
export const looksForeign = (error: unknown): boolean =>
  error instanceof ApiError
    ? error.code === 'unexpected_answer' || error.code === 'not_found'
    : error instanceof Error && error.name === 'ZodError';

const authentication = ({ connection: { server, credential, source }, keyFromEnvironment }: FailureContext): string => {
  const login = `kernelcast login --server ${server}`;
  if (keyFromEnvironment) return `KERNELCAST_API_KEY is wrong, expired or revoked for ${server}: mend or unset it.`;
  return credential ? `What ${source} holds is wrong, expired or revoked: ${login}` : `Log in: ${login}`;
};

const unreachable = ({ connection: { server, source } }: FailureContext): string =>
  `Is a registry running at ${server} (${source})? Start one with "kernelcast up", or name another with --server.`;

const adviceFor = (error: ApiError, context: FailureContext): string | undefined => {
  if (error.code === 'unreachable') return unreachable(context);
  if (error.status === 401) return authentication(context);
  return ADVICE[error.code] ?? (looksForeign(error) ? otherRelease(context) : undefined);
};

const otherRelease = ({ connection, ours, theirs }: FailureContext): string => {
  if (theirs === undefined) return `Is ${connection.server} the address of a Kernelcast registry?`;
  return speakTheSame(ours, theirs)
    ? 'See what there is with the list command.'
    : `The registry is of release ${theirs}, this program of ${ours}: install kernelcast ${theirs}.`;
};

/** What happened in one line, and what to do in another. */
export const describeFailure = (error: unknown, context: FailureContext): CliError => {
  if (error instanceof CliError) return error;
  if (error instanceof ApiError) {
    const { code, problem } = error;
    return new CliError(printable(error.message), {
      advice: adviceFor(error, context),
      code,
      requestId: problem.requestId || undefined,
      cause: error,
    });
  }
  if (looksForeign(error))
    return new CliError('The registry answered what this program does not understand', {
      advice: otherRelease(context),
      code: 'unexpected_answer',
      cause: error,
    });
  return new CliError(printable(error instanceof Error ? error.message : String(error)), { cause: error });
};
