import { initBackend } from '@kernelcast/compute';
import { backendName } from './backend-name.js';
import { kernelsOf } from './kernels-of.js';

/** Loads a backend as a training process would, says which, and ends. Arguments: its name and the native folder, both may be empty. */
const [name = '', folder = ''] = process.argv.slice(2);
try {
  const backend = await initBackend({ force: backendName(name || undefined), native: { folder: folder || undefined } });
  process.stdout.write(`${JSON.stringify({ backend: backend.name, kernels: kernelsOf(backend) })}\n`);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
