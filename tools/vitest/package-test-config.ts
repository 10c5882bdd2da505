import { fileURLToPath } from 'node:url';
import { defaultServerConditions } from 'vite';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Export conditions of a test: packages resolve to their sources, everything else as in Node. */
export const sourceConditions: string[] = ['@rlloom/source', ...defaultServerConditions];

/**
 * The vitest configuration every package shares: tests beside the code, run on the sources through
 * the `@rlloom/source` export condition. Worker entries are the exception: they resolve to `dist`.
 */
export function packageTestConfig(name: string): ViteUserConfig {
  return defineConfig({
    resolve: { conditions: sourceConditions },
    ssr: { resolve: { conditions: sourceConditions } },
    test: {
      name,
      include: ['src/**/*.test.ts'],
      testTimeout: 60_000,
      hookTimeout: 60_000,
      setupFiles: ['./fail-on-console.ts', './typed-array-equality.ts'].map((file) =>
        fileURLToPath(new URL(file, import.meta.url)),
      ),
    },
  });
}
