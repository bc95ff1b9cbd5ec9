import { readFileSync } from 'node:fs';
import { UsageError } from '../failures/cli-error.js';

const STANDARD_INPUT = 0;

/** Reads an order from a JSON file, or from standard input for `-`. @throws UsageError when it holds no JSON object */
export const readOrderFile = (file: string): Record<string, unknown> => {
  const name = file === '-' ? 'standard input' : file;
  let order: unknown;
  try {
    order = JSON.parse(readFileSync(file === '-' ? STANDARD_INPUT : file, 'utf8'));
  } catch (error) {
    throw new UsageError(
      `${name} cannot be read as JSON: ${(error as Error).message}`,
      'It holds the body of POST /v1/training-jobs.',
    );
  }
  if (typeof order !== 'object' || order === null || Array.isArray(order))
    throw new UsageError(`${name} holds no JSON object`, 'It holds the body of POST /v1/training-jobs.');
  return order as Record<string, unknown>;
};
