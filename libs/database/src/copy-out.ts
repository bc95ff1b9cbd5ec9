import pg from 'pg';

/** Milliseconds to wait for a server that does not answer. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Streams the rows of a query, on a connection of its own, without an object for each: `COPY (query) TO STDOUT` in
 * text format (https://www.postgresql.org/docs/current/sql-copy.html), one call of `onRow` a row, with its line, whose
 * bytes are valid during the call alone. Memory does not grow with the number of rows.
 *
 * @param query trusted SQL: it takes no parameters
 * @throws whatever the database or `onRow` throws; the stream ends at the first
 */
export async function copyOut(url: string, query: string, onRow: (line: Uint8Array) => void): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  // A connection that breaks also fails the query; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await new Promise<void>((resolve, reject) => {
      client.query(new CopyOut(`COPY (${query}) TO STDOUT`, onRow, (error) => (error ? reject(error) : resolve())));
    });
  } finally {
    await client.end();
  }
}

/** pg's query, with what it ignores: the rows of a copy. */
class CopyOut extends pg.Query {
  private failed = false;

  constructor(
    text: string,
    private readonly onRow: (line: Uint8Array) => void,
    private readonly onEnd: (error?: unknown) => void,
  ) {
    super(text, (error) => onEnd(error));
  }

  handleCopyData({ chunk }: { readonly chunk: Uint8Array }): void {
    if (this.failed) return;
    try {
      this.onRow(chunk);
    } catch (error) {
      this.failed = true;
      this.onEnd(error);
    }
  }
}
