import { createRequire } from 'node:module';

/** The version of the `rlloom` package. */
export function packageVersion(): string {
  const manifest = createRequire(import.meta.url)('../package.json') as { version: string };
  return manifest.version;
}
