// Builds tfjs' native binding against the TensorFlow of the Python wheel named in requirements.txt, into a folder of its
// own: README.md. Prints what it does; changes nothing outside of that folder.
//   node tools/native-backend/build.mjs [--out .kernelcast/native] [--installation .] [--force]
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'; // prettier-ignore
import path from 'node:path';
import { parseArgs } from 'node:util';

const ROOT = path.resolve(import.meta.dirname, '../..');
const REQUIREMENTS = path.join(import.meta.dirname, 'requirements.txt');
/** 4.22 is tfjs' version everywhere; Node-API version 8 is what its binding is built for. */
const BINDING = '@tensorflow/tfjs-node@4.22.0';
const HEADERS = 'node-api-headers@1.9.0';
const NODE_API = 8;
/** The tag of the wheel whose hash requirements.txt has; any Python can fetch it, for none of it is Python. */
const WHEEL = ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311', '--platform', 'manylinux2014_x86_64']; // prettier-ignore
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: path.join(ROOT, '.kernelcast/native') },
    installation: { type: 'string', default: ROOT },
    force: { type: 'boolean', default: false },
  },
});
const out = path.resolve(options.out);
const installation = path.resolve(options.installation);
const packageFolder = path.join(out, 'node_modules/@tensorflow/tfjs-node');
const stampFile = path.join(out, 'built-from.json');

class BuildError extends Error {}

function run(command, args, { hint, ...rest } = {}) {
  const { error, status } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...rest });
  if (error?.code === 'ENOENT') throw new BuildError(`${command} is needed and not installed`);
  if (error) throw error;
  if (status !== 0) throw new BuildError(`${command} ended with ${status}${hint ? `: ${hint}` : ''}`);
}

function step(text) {
  console.log(`> ${text}`);
}

function checkMachine() {
  if (
    process.platform !== 'linux' ||
    process.arch !== 'x64' ||
    !process.report.getReport().header.glibcVersionRuntime
  ) {
    throw new BuildError('the wheel is for Linux with glibc on x86-64; this machine is another');
  }
  if (!existsSync(path.join(installation, 'node_modules/@tensorflow/tfjs/package.json'))) {
    throw new BuildError(`${installation} has no node_modules/@tensorflow/tfjs: run npm ci there first`);
  }
  run('python3', ['-m', 'pip', '--version'], { hint: 'python3 needs pip' });
  run('g++', ['--version'], { stdio: 'ignore' });
}

/** The binding's package and what it needs, but tfjs itself: the product's is linked, so that both are one. */
function installPackage() {
  step(`packages: ${BINDING}`);
  writeFileSync(path.join(out, 'package.json'), `${JSON.stringify({ name: 'kernelcast-native', private: true })}\n`);
  run('npm', [
    'install',
    '--prefix',
    out,
    '--ignore-scripts',
    '--no-save',
    '--no-audit',
    '--no-fund',
    BINDING,
    HEADERS,
  ]);
  const scope = path.join(out, 'node_modules/@tensorflow');
  for (const name of readdirSync(scope).filter((entry) => entry !== 'tfjs-node')) {
    rmSync(path.join(scope, name), { recursive: true, force: true });
    const ours = path.join(installation, 'node_modules/@tensorflow', name);
    if (existsSync(ours)) symlinkSync(path.relative(scope, ours), path.join(scope, name));
  }
}

/** TensorFlow's headers and libraries out of its wheel, of which pip has checked the hash. */
function unpackTensorFlow(scratch) {
  step(`TensorFlow: ${readFileSync(REQUIREMENTS, 'utf8').split(' ')[0]}`);
  run('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes', ...WHEEL, '-d', scratch, '-r', REQUIREMENTS]); // prettier-ignore
  const wheel = readdirSync(scratch).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new BuildError('pip has downloaded no wheel');
  run('python3', ['-m', 'zipfile', '-e', path.join(scratch, wheel), scratch]);
  const libraries = path.join(packageFolder, 'deps/lib');
  mkdirSync(libraries, { recursive: true });
  for (const name of LIBRARIES) cpSync(path.join(scratch, 'tensorflow', name), path.join(libraries, name));
  return path.join(scratch, 'tensorflow/include');
}

function compile(include) {
  step('compiling the binding');
  const target = path.join(packageFolder, `lib/napi-v${NODE_API}`);
  mkdirSync(target, { recursive: true });
  const libraries = path.join(packageFolder, 'deps/lib');
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => path.join(packageFolder, 'binding', name));
  run('g++', [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', `-DNAPI_VERSION=${NODE_API}`],
    ...['-I', path.join(out, 'node_modules/node-api-headers/include'), '-I', include],
    ...sources,
    ...LIBRARIES.map((name) => path.join(libraries, name)),
    ...['-Wl,-rpath,$ORIGIN/../../deps/lib', '-o', path.join(target, 'tfjs_binding.node')],
  ]);
}

/** Loads it as the product does and multiplies two matrices. */
function check() {
  step('checking');
  run(
    process.execPath,
    [path.join(import.meta.dirname, 'check.mjs'), '--folder', out, '--installation', installation],
    {
      hint: 'the native backend does not work',
    },
  );
}

/** What a build depends on; another installation needs other links. */
function stamp() {
  const files = [REQUIREMENTS, import.meta.filename].map((file) => readFileSync(file));
  return JSON.stringify({ recipe: createHash('sha256').update(Buffer.concat(files)).digest('hex'), installation });
}

function build() {
  checkMachine();
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  // Beside the result and not in the system's temporary folder, which may be too small for 3 GB.
  const scratch = mkdtempSync(path.join(out, 'build-'));
  try {
    installPackage();
    compile(unpackTensorFlow(scratch));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  check();
  writeFileSync(stampFile, stamp());
}

try {
  if (existsSync(out) && !existsSync(path.join(out, 'package.json')) && readdirSync(out).length > 0) {
    throw new BuildError(`${out} has something else in it; give another folder with --out`);
  }
  const current = existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp();
  if (current && !options.force) check();
  else build();
  console.log(`\nDone. Trainers use it with KERNELCAST_NATIVE_DIR=${out}`);
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(`\nNo native backend: ${error.message}`);
  process.exitCode = 1;
}
