import { ArtifactError } from '@kernelcast/artifact';
import type { BaseNetworkFinding } from '@kernelcast/contracts';
import { BaseNetworkError } from '@kernelcast/nets';

/** As much of a name or a reason as is kept: they come from files of unknown origin. */
const LONGEST = 500;
const clip = (text: string): string => text.slice(0, LONGEST);

/** What is wrong with files that were refused. @throws the error itself when they are not to blame */
export function findingOf(error: unknown): BaseNetworkFinding {
  const severity = 'error';
  if (error instanceof BaseNetworkError) {
    const { fault: code, subject = null, reason } = error;
    return { code, severity, subject: subject === null ? null : clip(subject), detail: clip(reason) };
  }
  if (error instanceof ArtifactError) {
    return { code: 'not_finite', severity, subject: null, detail: clip(error.reason) };
  }
  // JSON as deep as this overflows whatever walks through it.
  if (error instanceof RangeError) return { code: 'malformed', severity, subject: null, detail: 'nested too deeply' };
  throw error;
}
