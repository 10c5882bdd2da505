import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { NativeKind } from './pinned-versions.ts';

/** A tfjs-node that the user installed. */
export interface InstalledPackage {
  readonly name: '@tensorflow/tfjs-node' | '@tensorflow/tfjs-node-gpu';
  readonly version: string;
  readonly directory: string;
}

/** Looks for the user's own `@tensorflow/tfjs-node` or `-gpu`: from the current folder, then from this package. */
export function findInstalledPackage(
  kind: NativeKind,
  currentDirectory: string = process.cwd(),
): InstalledPackage | undefined {
  const name = kind === 'gpu' ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
  for (const from of [join(currentDirectory, 'package.json'), import.meta.url]) {
    try {
      const file = createRequire(from).resolve(`${name}/package.json`);
      const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
      return { name, version, directory: dirname(file) };
    } catch {
      // Not there: try the next place.
    }
  }
  return undefined;
}
