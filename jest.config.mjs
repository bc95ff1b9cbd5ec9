import { readFileSync } from 'node:fs';
const { $schema: _schema, ...swc } = JSON.parse(readFileSync(new URL('./.swcrc', import.meta.url), 'utf8'));

/** One configuration for every project: libraries are tested from source, so tests need no build. */
export default {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  moduleNameMapper: {
    '^@kernelcast/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^@kernelcast/([^/]+)/node$': '<rootDir>/libs/$1/src/node/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: { '^.+\\.tsx?$': ['@swc/jest', { ...swc, swcrc: false, sourceMaps: 'inline' }] },
  testMatch: ['<rootDir>/{apps,libs}/*/src/**/*.spec.{ts,tsx}'],
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/.nx/', '<rootDir>/tmp/'],
  testTimeout: 60_000,
  maxWorkers: 2,
  workerIdleMemoryLimit: '1500MB',
};
