import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { MultipartFile } from '@fastify/multipart';
import { BASE_CHECK_FILES as FILES } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import type { FastifyRequest } from 'fastify';

/** The larger of a network's two files; the largest networks meant for devices stay far below. */
export const MAX_WEIGHTS_BYTES = 256 * 1024 * 1024;
const MAX_MODEL_BYTES = 8 * 1024 * 1024;
const MAX_GRAPH_BYTES = 1024 * 1024;
const MAX_SHARDS = 256;
const MAX_TEXTS = 8;

const TEXTS: ReadonlySet<string> = new Set(['name', 'architecture', 'mean', 'std', 'inputSize']);
const FILE_PARTS = {
  graph: { file: FILES.graph, bytes: MAX_GRAPH_BYTES },
  weights: { file: FILES.weights, bytes: MAX_WEIGHTS_BYTES },
  model: { file: FILES.model, bytes: MAX_MODEL_BYTES },
} as const;
type FilePart = keyof typeof FILE_PARTS;
const SHARDS = 'shards';

/** `fileSize` is per file; what all shards have together is counted as they come. */
const LIMITS = {
  parts: MAX_SHARDS + MAX_TEXTS,
  fields: MAX_TEXTS,
  files: MAX_SHARDS + 1,
  fieldSize: 200,
  headerPairs: 100,
  fileSize: MAX_WEIGHTS_BYTES,
};

/** What came of an upload: its texts, and which files are in the folder. */
export interface ReceivedUpload {
  readonly texts: Readonly<Record<string, string>>;
  readonly files: ReadonlySet<FilePart>;
  /** By which names the client calls the files `shard-0`, `shard-1` and so on. */
  readonly shards: readonly string[];
}

/**
 * Streams the multipart body of a base network's upload to files of a folder, within limits. Names given by the client
 * never become names of files.
 * @throws AppError `body_too_large`, `malformed_body`
 */
export const receiveUpload = async (request: FastifyRequest, folder: string): Promise<ReceivedUpload> => {
  const upload = new Receiver(folder);
  try {
    for await (const part of request.parts({ limits: LIMITS, preservePath: true })) {
      if (part.type === 'file') await upload.takeFile(part);
      else upload.takeText(part.fieldname, part.value);
    }
    return upload;
  } catch (error) {
    // Errors with a status are refusals of a limit or of the media type; the parser's own have none.
    if (error instanceof AppError || (error instanceof Error && 'statusCode' in error)) throw error;
    throw new AppError('malformed_body', 'The multipart body cannot be read to its end', { cause: error });
  }
};

class Receiver implements ReceivedUpload {
  readonly texts: Record<string, string> = {};
  readonly files = new Set<FilePart>();
  readonly shards: string[] = [];
  private shardBytes = 0;

  constructor(private readonly folder: string) {}

  takeText(name: string, value: unknown): void {
    if (!TEXTS.has(name) || typeof value !== 'string') throw stranger(name);
    if (name in this.texts) throw repeated(name);
    this.texts[name] = value;
  }

  async takeFile(part: MultipartFile): Promise<void> {
    const { fieldname } = part;
    try {
      if (fieldname === SHARDS) await this.takeShard(part);
      else if (isFilePart(fieldname)) await this.takeNamed(part, fieldname);
      else throw stranger(fieldname);
    } catch (error) {
      // Unread, it would hold up the connection and with it the answer.
      part.file.resume();
      throw error;
    }
  }

  private async takeNamed(part: MultipartFile, name: FilePart): Promise<void> {
    if (this.files.has(name)) throw repeated(name);
    this.files.add(name);
    const { file, bytes } = FILE_PARTS[name];
    await this.write(part, file, bytes);
  }

  private async takeShard(part: MultipartFile): Promise<void> {
    const name = part.filename;
    if (this.shards.includes(name)) throw repeated(`shards ${name.slice(0, QUOTED)}`);
    this.shards.push(name);
    const file = FILES.shard(this.shards.length - 1);
    this.shardBytes += await this.write(part, file, MAX_WEIGHTS_BYTES - this.shardBytes);
  }

  private async write(part: MultipartFile, file: string, limit: number): Promise<number> {
    let size = 0;
    const tooLarge = () => new AppError('body_too_large', `"${part.fieldname}" has more than ${limit} bytes`);
    const meter = async function* (source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        size += chunk.length;
        if (size > limit) throw tooLarge();
        yield chunk;
      }
    };
    await pipeline(part.file, meter, createWriteStream(path.join(this.folder, file)));
    if (part.file.truncated) throw tooLarge();
    return size;
  }
}

/** Characters of a client's name that are said back. */
const QUOTED = 64;

const isFilePart = (name: string): name is FilePart => Object.hasOwn(FILE_PARTS, name);

const stranger = (name: string): AppError =>
  new AppError('malformed_body', `There is no part "${name.slice(0, QUOTED)}" in this upload`);

const repeated = (name: string): AppError => new AppError('malformed_body', `The part "${name}" comes twice`);
