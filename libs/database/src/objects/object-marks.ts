import type { Database } from '../database.js';

/**
 * Tells the garbage collection that an object is about to be written, or to be taken for stored because it is there:
 * call it first, then look for the object. It waits for a removal of the object that is under way, after which the
 * object is seen to be gone and is written again. The announcement holds for a day.
 * @param name digest of a blob
 */
export const announceObject = async ({ prisma }: Database, name: string): Promise<void> => {
  await prisma.$executeRaw`SELECT announce_object(${name})`;
};

/** What the trigger says when a row would refer to an object that was removed. */
const REMOVED = /object \S+ was removed from the store/;

/**
 * Tells whether a write failed since it would have referred to an object that a garbage collection has removed: stored
 * once more, it can be referred to.
 */
export const isObjectRemoved = (error: unknown): boolean => error instanceof Error && REMOVED.test(error.message);
