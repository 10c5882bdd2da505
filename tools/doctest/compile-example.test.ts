import { expect, it } from 'vitest';
import { compileExample, type Scope } from './compile-example.ts';
import { extractExamples } from './extract-examples.ts';

const scope: Scope = new Map([['mean', '/mean.ts']]);

function compile(code: string): string {
  return compileExample({ file: 'a.ts', line: 10, code }, scope);
}

it('finds the fenced blocks of doc comments that promise a value', () => {
  const text = ['/**', ' * Mean.', ' * ```ts', ' * mean([1, 3]); // => 2', ' * ```', ' */', 'export {};'].join('\n');
  expect(extractExamples('packages/a/src/mean.ts', text)).toEqual([
    { file: 'packages/a/src/mean.ts', line: 4, code: 'mean([1, 3]); // => 2' },
  ]);
});

it('finds fenced blocks of Markdown and leaves blocks without a promise alone', () => {
  const text = ['```ts', 'start();', '```', '```ts', 'one(); // => 1', '```', '```sh', 'x # => 1', '```'].join('\n');
  expect(extractExamples('README.md', text)).toEqual([{ file: 'README.md', line: 5, code: 'one(); // => 1' }]);
});

it('checks an expression and imports what it uses', () => {
  const code = compile('const x = [1, 3];\nmean(x); // => 2');
  expect(code).toContain('import { mean } from "/mean.ts";');
  expect(code).toContain('check(await (mean(x)), (2), "a.ts:11");');
});

it('checks a constant', () => {
  expect(compile('const m = mean([1, 3]); // => 2')).toContain('check(m, (2), "a.ts:10");');
});

it('compares decimals to the digits written, also negative ones inside arrays', () => {
  expect(compile('mean([1]); // => [-0.50, 1]')).toContain('([expect.closeTo(-0.50, 2), 1])');
});

it('reads typed arrays as Node prints them', () => {
  expect(compile('mean([1]); // => Float32Array(2) [1, 2]')).toContain('([1, 2])');
});

it('refuses an example that is not TypeScript', () => {
  expect(() => compile('const = 3;\nmean(); // => 1')).toThrow('a.ts:10');
});

it('drops types', () => {
  expect(compile('const f = (x: number) => x;\nf(mean([1])); // => 1')).toContain('const f = (x) => x;');
});

it('does not import a name the example declares or imports', () => {
  expect(compile('const mean = 1;\nmean; // => 1')).not.toContain('/mean.ts');
  expect(compile("import { mean } from 'other';\nmean(); // => 1")).not.toContain('/mean.ts');
});

it.each([['if (true) {}\n// => 2'], ['for (;;) {} // => 2'], ['mean(); // => 1; 2'], ['mean(); // => ']])(
  'refuses a promise it would not check: %j',
  (code) => {
    expect(() => compile(code)).toThrow('a.ts:1');
  },
);
