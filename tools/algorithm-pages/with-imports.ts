import { join } from 'node:path';
import ts from 'typescript';
import { neededImports } from '../doctest/compile-example.ts';
import { exportedNames } from '../doctest/exported-names.ts';
import { root } from '../workspace/run.mjs';

const scope = new Map([
  ['tf', '@rlloom/tensor'],
  ...exportedNames(join(root, 'packages/core/src/index.ts')).map((name) => [name, '@rlloom/core'] as const),
]);

/** A fenced block of TypeScript with the imports that whoever copies it needs. */
export function withImports(block: string): string {
  return block.replaceAll(/```ts\n(.*?)\n```/gs, (_, code: string) => {
    const source = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022, true);
    const lines = [...neededImports(source, scope)]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([module, names]) => `import { ${names.sort().join(', ')} } from '${module}';`);
    return ['```ts', ...lines, ...(lines.length > 0 ? [''] : []), code, '```'].join('\n');
  });
}
