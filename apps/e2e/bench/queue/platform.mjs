// The product as `kernelcast up` starts it, in a process of its own.
import { fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import path from 'node:path';

const CLI = path.resolve(import.meta.dirname, '../../../cli/dist/main.js');

const ended = (child) => new Promise((resolve) => child.once('exit', resolve));

/**
 * @param env switches parts to servers that run already: `DATABASE_URL`, `REDIS_URL`
 * @param use gets the addresses, and the id of the process above all services
 */
export async function withPlatform(dataDir, env, use) {
  const child = fork(CLI, ['up', '--json', '--data-dir', dataDir], {
    env: { ...process.env, ...env },
    execArgv: ['--no-warnings'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let notices = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (notices += text));
  const gone = ended(child);
  try {
    const addresses = new Promise((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line.startsWith('{')) resolve(JSON.parse(line));
      });
    });
    const failure = gone.then((code) => Promise.reject(new Error(`kernelcast up ended (${code}):\n${notices}`)));
    failure.catch(() => undefined);
    return await use(await Promise.race([addresses, failure]), child.pid);
  } finally {
    child.kill('SIGINT');
    await gone;
  }
}
