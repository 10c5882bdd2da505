import { ESLint } from 'eslint';
import { createProjectGraphAsync } from '@nx/devkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { root } from '../workspace/run.mjs';

// Lints text as if it were a file of a package: nothing is written, so a check of the sources that runs at
// the same time never meets the probes. Typed rules need a file on disk and are off here.
async function problems(path: string, code: string): Promise<string[]> {
  const eslint = new ESLint({
    cwd: root,
    overrideConfig: {
      languageOptions: { parserOptions: { projectService: false, project: null } },
      rules: typedRulesOff,
    },
  });
  const [result] = await eslint.lintText(code, { filePath: path });
  return (result?.messages ?? []).map((message) => `${message.ruleId}: ${message.message}`);
}

let typedRulesOff: Record<string, 'off'> = {};

beforeAll(async () => {
  // The boundary rule reads the cached project graph: without one it would let everything pass.
  await createProjectGraphAsync();
  const tseslint = await import('typescript-eslint');
  typedRulesOff = Object.fromEntries(
    Object.keys(tseslint.configs.disableTypeChecked.rules ?? {}).map((rule) => [rule, 'off' as const]),
  );
});

describe('module boundaries', () => {
  it.each([
    ['an import of a package in a higher layer', 'packages/core/src/probe.ts', "export * from '@rlloom/trainers';"],
    ['an import of a package in the same layer', 'packages/rewards/src/probe.ts', "export * from '@rlloom/data';"],
    ['a lower package that is not in the row', 'packages/rollout/src/probe.ts', "export * from '@rlloom/tensor';"],
    ['any import in spec', 'packages/spec/src/probe.ts', "export * from '@rlloom/config';"],
    [
      'a package that reaches tfjs, from one that must not',
      'packages/rewards/src/probe.ts',
      "export * from '@rlloom/models';",
    ],
    ['tfjs outside tensor', 'packages/models/src/probe.ts', "export * from '@tensorflow/tfjs-core';"],
    ['tfjs in the command line', 'packages/cli/src/probe.ts', "export * from '@tensorflow/tfjs-core';"],
    [
      'another package by a relative path',
      'packages/trainers/src/probe.ts',
      "export * from '../../core/src/index.ts';",
    ],
  ])('%s fails', async (_, path, code) => {
    expect((await problems(path, code)).join('\n')).toContain('@nx/enforce-module-boundaries');
  });

  it.each([
    ['packages/core/src/probe.ts', "export * from '@rlloom/tensor';"],
    ['packages/tensor/src/probe.ts', "export * from '@tensorflow/tfjs-core';"],
    ['packages/rewards/src/probe.ts', "export * from '@rlloom/spec';"],
    ['packages/trainers/src/probe.ts', "export * from '@rlloom/core';"],
    ['packages/cli/src/probe.ts', "export * from '@rlloom/trainers';"],
  ])('an allowed import passes: %s', async (path, code) => {
    expect(await problems(path, code)).toEqual([]);
  });
});

describe('rules of the sources', () => {
  it.each([
    ['no-console', 'packages/core/src/probe.ts', "console.log('x');\nexport {};"],
    ['@typescript-eslint/no-explicit-any', 'packages/core/src/probe.ts', 'export const x: any = 1;'],
    [
      '@typescript-eslint/max-params',
      'packages/core/src/probe.ts',
      'export function f(_a = 1, _b = 1, _c = 1, _d = 1): void {}',
    ],
    ['no-restricted-imports', 'packages/core/src/probe.ts', "export * from './index.ts';"],
    ['no-restricted-imports', 'packages/tensor/src/probe.ts', "export * from './index.ts';"],
    ['no-restricted-imports', 'packages/core/src/advantages/probe.ts', "export * from '@rlloom/tensor';"],
    ['no-restricted-imports', 'packages/core/src/arrays/probe.ts', "export * from '../losses/aggregate-loss.ts';"],
    ['no-restricted-imports', 'packages/models/src/probe.ts', "export * from '@tensorflow/tfjs-node-gpu';"],
  ])('%s bites', async (rule, path, code) => {
    expect((await problems(path, code)).join('\n')).toContain(rule);
  });
});
