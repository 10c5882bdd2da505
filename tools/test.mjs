// `npm test`: installs and builds what is missing, runs every vitest project, and ends with one line of totals.
// Arguments go to vitest: `npm test -- packages/core`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPackages } from './workspace/build.mjs';
import { installDependencies } from './workspace/install.mjs';
import { requireNode } from './workspace/node-version.mjs';
import { root, run } from './workspace/run.mjs';
import { summarize } from './workspace/summarize-tests.mjs';

requireNode();
await installDependencies();
await buildPackages();

const folder = mkdtempSync(join(tmpdir(), 'rlloom-test-'));
const output = join(folder, 'results.json');
const code = await run([
  'node',
  join(root, 'node_modules/vitest/vitest.mjs'),
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${output}`,
  ...process.argv.slice(2),
]);
let results;
try {
  results = JSON.parse(readFileSync(output, 'utf8'));
} catch (error) {
  console.error(`vitest left no results (${error.message}); it ended with exit code ${code}.`);
  process.exit(code === 0 ? 1 : code);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const { passed, failed, skipped } = summarize(results);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
if (passed + failed === 0) console.error('No test ran.');
process.exit(code !== 0 || failed > 0 || passed === 0 ? code || 1 : 0);
