import { writeFileSync } from 'node:fs';
import { compileKernels, kernelsFile } from './compile.mjs';

try {
  writeFileSync(kernelsFile, await compileKernels());
} catch (error) {
  // Not rethrown: Node would print the line of the compiler that threw, which is megabytes long.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
