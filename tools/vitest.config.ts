import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'tools',
    include: ['{checks,workspace,doctest}/**/*.test.ts'],
    exclude: ['doctest/doctest.test.ts'],
    testTimeout: 120_000,
  },
});
