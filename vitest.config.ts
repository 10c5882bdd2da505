import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: ['packages/*/vitest.config.ts', 'tools/vitest.config.ts', 'tools/doctest/vitest.config.ts'],
    // vitest leaves one core free; on two cores that would double the time.
    maxWorkers: availableParallelism(),
  },
});
