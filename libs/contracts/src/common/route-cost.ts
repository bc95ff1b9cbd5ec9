import type { RouteDefinition } from './route.js';

/** Units of a rate limit that operations cost which do not say so themselves. */
const READ = 1;
/** A large upload comes in many parts, each of which is sent to be done with the next. */
const PART_OF_UPLOAD = 1;
const CHANGE = 2;
const CREATION = 5;

/** What an operation takes of its caller's rate limit, in units of the cheapest. */
export const routeCost = ({ cost, method, streamBody }: RouteDefinition): number => {
  if (cost !== undefined) return cost;
  if (method === 'get') return READ;
  if (method === 'post') return CREATION;
  return streamBody ? PART_OF_UPLOAD : CHANGE;
};
