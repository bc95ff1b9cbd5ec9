/** Episodes of this shape cannot be drawn from these classes. */
export class EpisodeError extends Error {
  readonly code = 'episode_invalid';

  constructor(reason: string) {
    super(`Episode invalid: ${reason}`);
    this.name = 'EpisodeError';
  }
}

/** A starting point that is damaged, or of another base network. */
export class StartError extends Error {
  readonly code = 'start_invalid';

  constructor(reason: string, options?: ErrorOptions) {
    super(`Starting point invalid: ${reason}`, options);
    this.name = 'StartError';
  }
}
