import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** Debian's `python3-torch` belongs to the system's own Python. */
const PYTHON = '/usr/bin/python3';
const SCRIPT = path.resolve(import.meta.dirname, 'torch_step.py');

/** A PyTorch process that runs training steps of a graph when asked; undefined where there is no PyTorch. */
export async function startTorch(setup) {
  const child = spawn(PYTHON, [SCRIPT], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (question) => {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await lines.next();
    return done ? undefined : JSON.parse(value);
  };
  const hello = await ask(setup);
  if (hello === undefined) return undefined;
  const time = async (steps) => {
    const answer = await ask({ steps });
    if (answer === undefined) throw new Error('PyTorch ended early');
    return answer;
  };
  return { ...hello, time, stop: () => child.stdin.end() };
}
