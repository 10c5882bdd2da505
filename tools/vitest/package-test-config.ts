import { defineConfig, type ViteUserConfig } from 'vitest/config';

/**
 * The vitest configuration every package shares: tests beside the code, run on the sources through
 * the `@rlloom/source` export condition. Worker entries are the exception: they resolve to `dist`.
 */
export function packageTestConfig(name: string): ViteUserConfig {
  return defineConfig({
    resolve: { conditions: ['@rlloom/source'] },
    ssr: { resolve: { conditions: ['@rlloom/source'] } },
    test: {
      name,
      include: ['src/**/*.test.ts'],
      testTimeout: 60_000,
      hookTimeout: 60_000,
      setupFiles: [new URL('./fail-on-console.ts', import.meta.url).pathname],
    },
  });
}
