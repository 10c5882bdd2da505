import { isBuiltin } from 'node:module';
import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plainArrays } from '../doctest/plain-arrays.ts';
import { root } from '../workspace/run.mjs';
import { arraysPage, subpath } from './arrays-page.ts';
import { bundle } from './bundle.ts';
import { findChromium } from './find-chromium.ts';
import { runInChromium } from './run-in-chromium.ts';

const forbidden = (id: string): boolean =>
  isBuiltin(id) || /tensorflow|packages\/tensor|__vite-browser-external|node_modules/.test(id);

describe(subpath, () => {
  it('is made of files of core alone: no tfjs, no module of Node, no other package', async () => {
    const { modules } = await bundle(`export * from '${subpath}';`);
    expect(modules.map((id) => relative(root, id))).toContain('packages/core/src/arrays/index.ts');
    expect(modules.filter((id) => !relative(root, id).startsWith('packages/core/src/'))).toEqual([]);
    expect(modules.filter(forbidden)).toEqual([]);
  });

  it.each(['node:fs', '@tensorflow/tfjs-core/package.json', '@rlloom/tensor/package.json'])(
    'would be caught importing %s',
    async (other) => {
      const { modules } = await bundle(`import * as other from '${other}'; export { other };`);
      expect(modules.filter(forbidden)).toHaveLength(1);
    },
  );

  const executable = findChromium();
  const title = 'gives the same values in Chromium as in Node';
  if (executable === undefined) {
    it.skip(`${title} (no Chromium found: name one in the variable CHROMIUM)`, () => undefined);
    return;
  }
  it(title, async () => {
    const code = await arraysPage();
    const module = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`)) as {
      run(): Promise<Record<string, unknown>>;
    };
    const expected = await module.run();
    expect(Object.keys(expected).length).toBeGreaterThan(10);
    const page = await runInChromium(executable, code);
    expect(page.errors).toEqual([]);
    expect(rounded(page.value)).toEqual(rounded(expected));
  });
});

// Exponentials and cosines may differ in the last digit between two builds of V8.
function rounded(value: unknown): unknown {
  const plain = plainArrays(value);
  if (typeof plain === 'number' && Number.isFinite(plain)) return Number(plain.toPrecision(12));
  if (Array.isArray(plain)) return plain.map(rounded);
  if (typeof plain !== 'object' || plain === null) return plain;
  return Object.fromEntries(Object.entries(plain).map(([key, entry]) => [key, rounded(entry)]));
}
