import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

// The layer table of docs/decisions/0001: what each package may import. `spec` is open to all,
// since the error class and the plain data types live there.
const rows = {
  spec: [],
  tensor: ['spec'],
  config: ['spec'],
  'http-server': ['spec'],
  sandbox: ['spec', 'http-server'],
  'framed-log': ['spec'],
  core: ['spec', 'tensor'],
  data: ['spec', 'config', 'framed-log'],
  monitor: ['spec', 'config'],
  rewards: ['spec', 'config', 'framed-log', 'http-server', 'sandbox'],
  environments: ['spec', 'config', 'sandbox'],
  models: ['spec', 'tensor', 'config'],
  rollout: ['spec', 'config', 'framed-log', 'http-server', 'core', 'data', 'models'],
  trainers: ['spec', 'config', 'tensor', 'core', 'models'],
};
const packages = Object.keys(rows);
const tags = (names) => names.map((name) => `pkg:${name}`);

const depConstraints = [
  { sourceTag: 'layer:0', onlyDependOnLibsWithTags: ['layer:0'] },
  { sourceTag: 'layer:1', onlyDependOnLibsWithTags: ['layer:0'] },
  { sourceTag: 'layer:2', onlyDependOnLibsWithTags: ['layer:0', 'layer:1'] },
  { sourceTag: 'layer:3', onlyDependOnLibsWithTags: ['layer:0', 'layer:1', 'layer:2'] },
  // Examples stand outside the layers: they use the packages as any user does.
  { sourceTag: 'layer:4', onlyDependOnLibsWithTags: [...tags(packages), 'pkg:cli'] },
  // A reward thread must start fast and stay small: nothing that can reach tfjs.
  { sourceTag: 'tfjs:no', notDependOnLibsWithTags: ['tfjs:yes'], bannedExternalImports: ['@tensorflow/*'] },
  ...packages.map((name) => ({
    sourceTag: `pkg:${name}`,
    onlyDependOnLibsWithTags: tags(rows[name]),
    ...(name === 'tensor' ? {} : { bannedExternalImports: ['@tensorflow/*'] }),
  })),
  { sourceTag: 'pkg:cli', onlyDependOnLibsWithTags: tags(packages), bannedExternalImports: ['@tensorflow/*'] },
];

const sources = ['packages/*/src/**/*.ts'];
const tests = ['**/*.test.ts', 'packages/spec/src/testing/**/*.ts'];

const barrel = {
  group: ['./index.ts', '../index.ts', '../../index.ts'],
  message: 'Inside a package import the file, not the barrel.',
};
const tfjs = { group: ['@tensorflow/*'], message: 'Only @rlloom/tensor imports tfjs: use what it exports.' };
const tensors = {
  group: ['@rlloom/tensor', '@rlloom/tensor/*', '../losses/*', '../preference/*', '../tensors/*'],
  message: 'This folder works on plain arrays and runs in a browser without tfjs.',
};

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/node_modules/**',
      'docs/api/**',
      '.nx/**',
      'tools/fixtures/**',
      '**/runs/**',
      '**/*.d.ts',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['packages/*/src/**/*.ts', 'examples/**/*.ts', 'tools/**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/max-params': ['error', { max: 3 }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // An async method without `await` is how a synchronous implementation meets an async contract.
      '@typescript-eslint/require-await': 'off',
      // isolatedDeclarations wants the literal type written out where this rule wants `as const`.
      '@typescript-eslint/prefer-as-const': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'prefer-const': 'error',
    },
  },
  {
    files: [...sources, 'examples/**/*.ts'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        { depConstraints, banTransitiveDependencies: true, enforceBuildableLibDependency: true, allow: [] },
      ],
    },
  },
  {
    files: sources,
    rules: {
      'no-console': 'error',
      'no-restricted-imports': ['error', { patterns: [barrel] }],
    },
  },
  {
    // The boundary rule knows installed packages only; tfjs-node and tfjs-node-gpu are optional and often are not.
    files: sources,
    ignores: ['packages/tensor/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: [barrel, tfjs] }] },
  },
  {
    files: ['packages/core/src/{advantages,arrays,corrections,schedules,shaping}/**/*.ts'],
    ignores: tests,
    rules: { 'no-restricted-imports': ['error', { patterns: [barrel, tfjs, tensors] }] },
  },
  {
    // What is sent into a sandbox runs there without types.
    files: ['packages/*/programs/**/*.cjs'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { Buffer: 'readonly', process: 'readonly', setImmediate: 'readonly' },
    },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-redeclare': 'error',
      'no-shadow': 'error',
      'no-undef': 'error',
      'no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-use-before-define': ['error', { functions: false, variables: false }],
      'no-var': 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: tests,
    rules: {
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
