import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import * as arrays from '@rlloom/core/arrays';
import { compileExample } from '../doctest/compile-example.ts';
import { extractExamples } from '../doctest/extract-examples.ts';
import { root } from '../workspace/run.mjs';
import { bundle } from './bundle.ts';

/** The subpath of core that browsers import. */
export const subpath = '@rlloom/core/arrays';

/**
 * A module without imports whose `run` gives the names that the subpath exports, a batch, and the values of every
 * documented example in its files, by place.
 */
export async function arraysPage(): Promise<string> {
  const { modules } = await bundle(`export * from '${subpath}';`);
  const scope = new Map(Object.keys(arrays).map((name) => [name, subpath]));
  const examples = modules.flatMap((id) => extractExamples(relative(root, id), readFileSync(id, 'utf8')));
  const texts = Object.fromEntries(examples.map((example, index) => [index, compileExample(example, scope)]));
  const imports = examples.map((_, index) => `import { run as example${index} } from 'text:${index}';`);
  const calls = examples.map((_, index) => `await example${index}(check, expect);`);
  const page = `
    import * as arrays from '${subpath}';
    import { arrayBatch } from '/tools/browser/array-batch.ts';
    ${imports.join('\n')}
    export async function run() {
      const values = { names: Object.keys(arrays).sort(), batch: arrayBatch() };
      const check = (actual, _expected, place) => { values[place] = actual; };
      const expect = { closeTo: (value) => value };
      ${calls.join('\n')}
      return values;
    }`;
  return (await bundle(page, texts)).code;
}
