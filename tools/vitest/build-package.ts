import { run } from '../workspace/run.mjs';
import type { TestProject } from 'vitest/node';

/** A vitest `globalSetup` that compiles the package under test and what it depends on; nothing to do is quick. */
export default async function buildPackage(project: TestProject): Promise<void> {
  const code = await run([
    'node',
    'node_modules/typescript/bin/tsc',
    '--build',
    `${project.config.root}/tsconfig.lib.json`,
  ]);
  if (code !== 0) throw new Error(`${project.config.root} does not compile`);
}
