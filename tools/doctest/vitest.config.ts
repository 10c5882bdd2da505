import { defineConfig } from 'vitest/config';
import { sourceConditions } from '../vitest/package-test-config.ts';
import { compileExample } from './compile-example.ts';
import { findExamples } from './find-examples.ts';

const prefix = 'doctest-example:';
const examples = findExamples();

export default defineConfig({
  resolve: { conditions: sourceConditions },
  ssr: { resolve: { conditions: sourceConditions } },
  plugins: [
    {
      name: 'doctest-examples',
      resolveId: (id) => (id.startsWith(prefix) ? `\0${id}.ts` : undefined),
      load(id) {
        if (!id.startsWith(`\0${prefix}`)) return undefined;
        const found = examples[Number.parseInt(id.slice(prefix.length + 1), 10)];
        return found === undefined ? undefined : compileExample(found.example, found.scope);
      },
    },
  ],
  test: {
    name: 'doctest',
    include: ['doctest.test.ts'],
    testTimeout: 60_000,
    provide: { examples: examples.map(({ example }) => `${example.file}:${example.line}`) },
  },
});

declare module 'vitest' {
  interface ProvidedContext {
    examples: string[];
  }
}
