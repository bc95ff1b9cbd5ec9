import { idPrefixes, type IdKind } from '@kernelcast/contracts';
import { monotonicFactory } from 'ulid';

/** One generator per process, so that ids made within one millisecond still sort by the order they were made in. */
const nextUlid = monotonicFactory();

/**
 * Makes a new id such as `job_01J9Z3K2Q4R5S6T7V8W9X0Y1Z2`: the prefix of its kind and a ULID
 * (https://github.com/ulid/spec), whose first 48 bits are the time, so that sorting by id is sorting by age.
 */
export const newId = (kind: IdKind): string => `${idPrefixes[kind]}_${nextUlid()}`;
