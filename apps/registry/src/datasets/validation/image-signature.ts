/** First bytes of the formats that the trainers decode; nothing else is ever handed to a decoder. */
const SIGNATURES = [
  { format: 'png', offset: 0, bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { format: 'jpeg', offset: 0, bytes: [0xff, 0xd8, 0xff] },
  // After RIFF and its length.
  { format: 'webp', offset: 8, bytes: [0x57, 0x45, 0x42, 0x50] },
] as const;

const signatureOf = (head: Uint8Array) =>
  SIGNATURES.find(({ offset, bytes }) => bytes.every((byte, i) => head[offset + i] === byte));

/** Whether a file starts like a PNG, JPEG or WebP image. */
export const isImage = (head: Uint8Array): boolean => signatureOf(head) !== undefined;

/** The format of a file for which `isImage` holds. */
export const formatOf = (head: Uint8Array): string => signatureOf(head)?.format ?? 'unknown';
