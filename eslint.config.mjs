import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import ts from 'typescript-eslint';

const scope = (sourceTag, ...allowed) => ({ sourceTag: `scope:${sourceTag}`, onlyDependOnLibsWithTags: allowed });
const SHARED = 'scope:shared';
const SERVER = 'scope:server';
const NUMERIC = 'scope:numeric';

/** Who may import whom: docs/architecture.md has the table with its reasons. */
const boundaries = [
  scope('shared', SHARED),
  scope('numeric', NUMERIC, SHARED),
  scope('server', SERVER, SHARED),
  { ...scope('device', 'scope:device', NUMERIC, SHARED), notDependOnLibsWithTags: ['layer:training'] },
  scope('registry', SERVER, SHARED),
  scope('delivery', SERVER, SHARED),
  scope('trainer', SERVER, NUMERIC, SHARED),
  scope('web', 'scope:web', 'layer:contracts'),
  scope('tool', '*'),
  { sourceTag: '*', notDependOnLibsWithTags: ['type:app'] },
];

/** Libraries that only one project may touch, so that what they do can be replaced in one place. */
const ownedBy = [
  { owners: ['libs/database'], packages: ['@prisma/*', 'pg'] },
  { owners: ['libs/storage'], packages: ['@aws-sdk/*'] },
  { owners: ['libs/queue'], packages: ['bullmq'] },
  { owners: ['libs/queue', 'libs/platform'], packages: ['ioredis'] },
  {
    owners: [
      'libs/compute',
      'libs/nets',
      'libs/km',
      'libs/training',
      'apps/trainer',
      'libs/device-sdk',
      'apps/device-agent',
      'libs/testing',
    ],
    packages: ['@tensorflow/*'],
  },
];

/** Test code may use the fixtures of libs/testing, which in turn use some of the libraries they help to test. */
const TEST_CODE = [
  '**/*.spec.{ts,tsx}',
  '{apps,libs}/*/src/testing/**',
  '{apps,libs}/*/src/**/laws/**',
  'libs/testing/**',
  'apps/e2e/**',
];
const testedWithFixtures = ['database', 'platform', 'queue', 'storage'];

const moduleBoundaries = (options) => ({
  '@nx/enforce-module-boundaries': ['error', { enforceBuildableLibDependency: false, allow: [], ...options }],
});

const restricted = (groups) => ({
  'no-restricted-imports': [
    'error',
    {
      patterns: groups.map(({ owners, packages }) => ({
        group: packages,
        message: `Only ${owners.join(', ')} may import this.`,
      })),
    },
  ],
});

export default ts.config(
  { ignores: ['**/dist/**', '**/generated/**', '**/assembly/**', 'node_modules/**', '.nx/**', 'tmp/**'] },
  js.configs.recommended,
  ...ts.configs.strict,
  {
    files: ['**/*.{ts,tsx,mjs}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        AbortSignal: 'readonly',
        performance: 'readonly',
        WebAssembly: 'readonly',
      },
    },
    plugins: { '@nx': nx },
    rules: {
      'no-undef': 'off',
      'no-console': 'error',
      eqeqeq: ['error', 'always'],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', { max: 5 }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      ...restricted(ownedBy),
    },
  },
  { files: ['{apps,libs}/**/*.{ts,tsx}'], rules: moduleBoundaries({ depConstraints: boundaries }) },
  ...[...new Set(ownedBy.flatMap((o) => o.owners))].map((owner) => ({
    files: [`${owner}/**/*.ts`],
    rules: restricted(ownedBy.filter((o) => !o.owners.includes(owner))),
  })),
  { files: ['tools/**', 'apps/cli/**', 'apps/device-agent/**'], rules: { 'no-console': 'off' } },
  {
    files: TEST_CODE,
    rules: {
      ...moduleBoundaries({
        depConstraints: [{ sourceTag: '*', notDependOnLibsWithTags: ['type:app'] }],
        ignoredCircularDependencies: testedWithFixtures.map((name) => [`@kernelcast/${name}`, '@kernelcast/testing']),
      }),
      '@typescript-eslint/no-empty-function': 'off',
    },
  },
  prettier,
);
