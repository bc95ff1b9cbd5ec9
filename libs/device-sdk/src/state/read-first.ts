import type * as z from 'zod/mini';
import type { DocumentName, StateStore } from './state-store.js';

/** The newest copy of a document that has the right shape. */
export async function readFirst<T>(
  store: StateStore,
  name: DocumentName,
  schema: z.ZodMiniType<T>,
): Promise<T | undefined> {
  const { copies } = await store.readDocument(name);
  for (const copy of copies) {
    const parsed = schema.safeParse(copy);
    if (parsed.success) return parsed.data;
  }
  return undefined;
}
