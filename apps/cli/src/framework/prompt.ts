import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { UsageError } from '../failures/cli-error.js';

/** Asks on the terminal, on standard error so that answers stay clean. @throws UsageError where nobody can answer */
const ask = async (question: string, hidden: boolean): Promise<string> => {
  if (!process.stdin.isTTY)
    throw new UsageError(
      `"${question.trim()}" cannot be asked without a terminal`,
      'Send an API key: … | kernelcast login --api-key -',
    );
  let muted = false;
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (!muted) process.stderr.write(chunk);
      done();
    },
  });
  const prompt = createInterface({ input: process.stdin, output, terminal: true });
  try {
    const answer = prompt.question(question);
    // What is typed from here on is not shown.
    muted = hidden;
    return (await answer).trim();
  } finally {
    prompt.close();
    if (hidden) process.stderr.write('\n');
  }
};

export const askFor = (question: string): Promise<string> => ask(question, false);
export const askSecretly = (question: string): Promise<string> => ask(question, true);

/** A secret of a line or so; more is not one. */
const MAX_SECRET_BYTES = 16_384;

/** Reads a secret that is piped in. @throws UsageError when there is none */
export const readSecret = async (input: AsyncIterable<Buffer | string>): Promise<string> => {
  let text = '';
  for await (const chunk of input) {
    text += String(chunk);
    if (text.length > MAX_SECRET_BYTES) break;
  }
  const secret = text.replace(/\r?\n$/, '');
  if (secret.trim() === '' || text.length > MAX_SECRET_BYTES || /[\r\n]/.test(secret))
    throw new UsageError('Standard input holds no secret', 'Pipe one line: kernelcast login --api-key - < key.txt');
  return secret;
};
