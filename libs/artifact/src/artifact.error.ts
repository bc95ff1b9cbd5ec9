/**
 * Bytes that are not the format they claim to be, or values the format cannot hold.
 * Permanent by nature: the same bytes fail the same way each time.
 */
export class ArtifactError extends Error {
  readonly code = 'artifact_invalid';

  constructor(
    /** What is wrong, for a person; it quotes at most a short piece of the input. */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`artifact_invalid: ${reason}`, options);
    this.name = 'ArtifactError';
  }
}

const QUOTED_LENGTH = 64;

/** A piece of hostile input made safe to show: JSON-escaped and cut. */
export function quote(text: string): string {
  return JSON.stringify(text.length > QUOTED_LENGTH ? `${text.slice(0, QUOTED_LENGTH)}…` : text);
}
