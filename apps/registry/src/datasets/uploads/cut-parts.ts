import type { Readable } from 'node:stream';

/** How a stream ended: whole, or by a fault after which what came before is still good. */
export interface StreamEnd {
  readonly fault?: Error;
}

export interface CutOptions {
  readonly partBytes: number;
  /** Milliseconds without a byte after which the stream counts as broken off. */
  readonly silenceMs: number;
}

/**
 * Cuts a stream into parts of `partBytes`, the last one smaller, and hands one after the other to `keep`. A stream that
 * breaks off is no error: what came before is a part like any other, and the fault is returned.
 *
 * @throws whatever `keep` throws; the stream is then destroyed
 */
export const cutParts = async (
  source: Readable,
  { partBytes, silenceMs }: CutOptions,
  keep: (part: Buffer) => Promise<void>,
): Promise<StreamEnd> => {
  let held: Buffer[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    const part = Buffer.concat(held, bytes);
    [held, bytes] = [[], 0];
    if (part.length > 0) await keep(part);
  };
  let keeping = false;
  const watch = setTimeout(() => {
    // Storing takes its time too; only the sender's silence counts.
    if (keeping) watch.refresh();
    else source.destroy(new Error('the connection fell silent'));
  }, silenceMs);
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      keeping = true;
      for (let at = 0; at < chunk.length;) {
        const piece = chunk.subarray(at, at + partBytes - bytes);
        held.push(piece);
        bytes += piece.length;
        at += piece.length;
        if (bytes === partBytes) await flush();
      }
      keeping = false;
      watch.refresh();
    }
  } catch (error) {
    if (keeping) throw error;
    await flush();
    return { fault: error instanceof Error ? error : new Error(String(error)) };
  } finally {
    clearTimeout(watch);
  }
  await flush();
  return {};
};
