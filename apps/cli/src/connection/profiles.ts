import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { CliError, UsageError } from '../failures/cli-error.js';
import { writePrivateFile } from './private-file.js';

const profileSchema = z.object({
  server: z.url(),
  /** API key or session token. */
  credential: z.string().optional(),
  project: z.string().optional(),
});
export type Profile = z.infer<typeof profileSchema>;

const fileSchema = z.object({
  current: z.string().optional(),
  profiles: z.record(z.string(), profileSchema),
});
export type Profiles = z.infer<typeof fileSchema>;

const PROFILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
/** Names the platform that runs on this machine, and is never saved. */
export const LOCAL_PROFILE = 'local';
const OTHERS_MAY_READ = 0o077;

/** @throws UsageError when it cannot name a profile */
export const checkProfileName = (name: string): string => {
  if (name === LOCAL_PROFILE)
    throw new UsageError(`"${LOCAL_PROFILE}" is the platform of kernelcast up`, 'Choose another name.');
  if (!PROFILE_NAME.test(name))
    throw new UsageError(`"${name}" is no name for a profile`, 'Take letters, digits, ".", "_" and "-".');
  return name;
};

/** The saved profiles; none when nothing was saved. @throws CliError when the file cannot be understood */
export const readProfiles = (file: string, warn: (text: string) => void): Profiles => {
  let text;
  try {
    text = readFileSync(file, 'utf8');
    if (process.platform !== 'win32' && statSync(file).mode & OTHERS_MAY_READ)
      warn(`${file} holds credentials and others may read it: chmod 600 ${file}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { profiles: {} };
    throw new CliError(`${file} cannot be read`, { advice: 'Mend its permissions, or remove it.', cause: error });
  }
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch (error) {
    const advice = 'Mend it, or remove it and log in again: kernelcast login';
    throw new CliError(`${file} is not a file of profiles`, { advice, cause: error });
  }
};

export const writeProfiles = (file: string, profiles: Profiles): void =>
  writePrivateFile(file, `${JSON.stringify(profiles, null, 2)}\n`);
