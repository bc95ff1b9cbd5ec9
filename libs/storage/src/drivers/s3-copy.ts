import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCopyCommand,
  type S3Client,
} from '@aws-sdk/client-s3';

/** What one CopyObject request may copy; larger objects are copied in parts. */
export const COPY_LIMIT_BYTES = 5 * 1024 ** 3;
const COPY_PART_BYTES = 1024 ** 3;

export interface CopyTarget {
  readonly Bucket: string;
  readonly Key: string;
  readonly CopySource: string;
}

/** First and last byte of every part, both included. */
const partRanges = (size: number, partBytes: number): { start: number; end: number }[] =>
  Array.from({ length: Math.ceil(size / partBytes) }, (_, index) => {
    const start = index * partBytes;
    return { start, end: Math.min(start + partBytes, size) - 1 };
  });

/** Copies an object within its store part by part; nothing is left behind when a part fails. */
export const copyInParts = async (
  client: S3Client,
  { CopySource, ...target }: CopyTarget,
  size: number,
  partBytes = COPY_PART_BYTES,
): Promise<void> => {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
  try {
    const Parts = [];
    for (const [index, { start, end }] of partRanges(size, partBytes).entries()) {
      const PartNumber = index + 1;
      const CopySourceRange = `bytes=${start}-${end}`;
      const part = { ...target, UploadId, PartNumber, CopySource, CopySourceRange };
      const { CopyPartResult } = await client.send(new UploadPartCopyCommand(part));
      Parts.push({ PartNumber, ETag: CopyPartResult?.ETag });
    }
    await client.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }));
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand({ ...target, UploadId })).catch(() => undefined);
    throw error;
  }
};
