import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';

/**
 * Sends a stream as the rest of an answer whose head says `length` bytes, no faster than the client reads. A stream that
 * ends early or gives more ends the connection, so that no client takes what it got for all; a client that goes away
 * ends the reading.
 * @returns bytes handed to the connection
 */
export function sendStream(source: Readable, response: ServerResponse, length: number): Promise<number> {
  return new Promise((resolve) => {
    let sent = 0;
    source.on('data', (chunk: Buffer) => {
      if (sent + chunk.length > length) return source.destroy(new RangeError('more bytes than announced'));
      sent += chunk.length;
      if (!response.write(chunk)) source.pause();
    });
    response.on('drain', () => source.resume());
    response.on('close', () => {
      source.destroy();
      resolve(sent);
    });
    source.on('end', () => {
      if (sent === length) response.end();
      else response.destroy();
    });
    source.on('error', () => response.destroy());
  });
}
