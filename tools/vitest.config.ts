import { defineConfig } from 'vitest/config';
import { sourceConditions } from './vitest/package-test-config.ts';

export default defineConfig({
  resolve: { conditions: sourceConditions },
  ssr: { resolve: { conditions: sourceConditions } },
  test: {
    name: 'tools',
    include: ['**/*.test.ts'],
    // doctest.test.ts belongs to the project beside it, which compiles the examples it runs.
    exclude: ['doctest/doctest.test.ts', 'dist/**', 'fixtures/**', '**/node_modules/**'],
    testTimeout: 120_000,
  },
});
