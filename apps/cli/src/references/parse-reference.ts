import { UsageError } from '../failures/cli-error.js';

/** A name or id, and the number of a version where one is meant. */
export interface Reference {
  readonly name: string;
  readonly version?: number;
}

/** Reads `name`, `name/3` or `name@3`. @throws UsageError when it is none of these */
export const parseReference = (text: string): Reference => {
  const match = /^([A-Za-z0-9_-]+)(?:[/@:]v?([1-9]\d{0,8}))?$/.exec(text);
  const [, name, version] = match ?? [];
  if (name === undefined)
    throw new UsageError(`"${text}" names nothing`, 'Write an id, a name, or a name and a version: name/3');
  return { name, ...(version !== undefined && { version: Number(version) }) };
};
