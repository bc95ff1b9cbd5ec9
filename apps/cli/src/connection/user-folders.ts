import path from 'node:path';
import { homedir } from 'node:os';

/**
 * Where a user's settings and the state of running programs are kept (XDG Base Directory Specification 0.8; a relative
 * path in one of its variables counts as none).
 */
const folder = (env: NodeJS.ProcessEnv, variable: string, fallback: string): string => {
  const given = env[variable];
  const root = given && path.isAbsolute(given) ? given : path.join(env['HOME'] ?? homedir(), fallback);
  return path.join(root, 'kernelcast');
};

export const profilesFile = (env: NodeJS.ProcessEnv): string =>
  path.join(folder(env, 'XDG_CONFIG_HOME', '.config'), 'config.json');

export const instancesFolder = (env: NodeJS.ProcessEnv): string =>
  path.join(folder(env, 'XDG_STATE_HOME', '.local/state'), 'instances');
