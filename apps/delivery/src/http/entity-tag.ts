/** A strong entity tag (RFC 9110, section 8.8.3) of content named by its digest. */
export function entityTag(digest: string): string {
  return `"${digest}"`;
}

/** Whether an `If-None-Match` header names the tag (or `*`); comparison is weak, as the RFC asks for this header. */
export function matchesTag(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch === tag) return true;
  return ifNoneMatch.split(',').some((candidate) => {
    const trimmed = candidate.trim();
    return trimmed === '*' || trimmed === tag || trimmed === `W/${tag}`;
  });
}
