/** A strong entity tag (RFC 9110, section 8.8.3) of content named by its digest. */
export const entityTag = (digest: string): string => `"${digest}"`;

/**
 * Whether an `If-None-Match` header names the tag, or any by `*`. The comparison is weak, as the RFC asks for this
 * header (section 13.1.2).
 */
export const matchesTag = (ifNoneMatch: string | undefined, tag: string): boolean => {
  if (ifNoneMatch === undefined) return false;
  // What nearly every poll of a device sends, without taking a list apart.
  if (ifNoneMatch === tag) return true;
  return ifNoneMatch.split(',').some((candidate) => {
    const trimmed = candidate.trim();
    return trimmed === '*' || trimmed === tag || trimmed === `W/${tag}`;
  });
};

/** Whether an `If-Match` header names the tag, or any by `*`. The comparison is strong (RFC 9110, section 13.1.1). */
export const namesTag = (ifMatch: string, tag: string): boolean =>
  ifMatch.split(',').some((candidate) => ['*', tag].includes(candidate.trim()));

/**
 * Whether a `Range` holds beside an `If-Range` header. The comparison is strong (RFC 9110, section 13.1.5): a weak tag
 * or a date, of which we give none, voids the range.
 */
export const rangeHolds = (ifRange: string | string[] | undefined, tag: string): boolean =>
  ifRange === undefined || ifRange === tag;
