const MAX_SECONDS = 86_400;

/** Seconds of a `Retry-After` header in seconds (RFC 9110, section 10.2.3), at most a day. */
export function retryAfterOf(header: string | undefined): number | undefined {
  const seconds = Number(header ?? NaN);
  return seconds >= 0 ? Math.min(seconds, MAX_SECONDS) : undefined;
}
