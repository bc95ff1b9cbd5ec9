/** Whether an `Accept` header names a media type, such as `text/event-stream`. */
export const accepts = (header: string | undefined, mediaType: string): boolean =>
  (header ?? '').split(',').some((type) => type.split(';')[0]?.trim().toLowerCase() === mediaType);
