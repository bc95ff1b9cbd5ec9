/** First bytes of the formats that the trainers decode; nothing else is ever handed to a decoder. */
const SIGNATURES: readonly { readonly offset: number; readonly bytes: readonly number[] }[] = [
  { offset: 0, bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] }, // PNG
  { offset: 0, bytes: [0xff, 0xd8, 0xff] }, // JPEG
  { offset: 8, bytes: [0x57, 0x45, 0x42, 0x50] }, // WebP, after RIFF and its length
];

/** Whether a file starts like a PNG, JPEG or WebP image. */
export const isImage = (head: Uint8Array): boolean =>
  SIGNATURES.some(({ offset, bytes }) => bytes.every((byte, i) => head[offset + i] === byte));
