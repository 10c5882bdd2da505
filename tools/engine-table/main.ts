import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { engineRows, engineTable, type ReportedTest } from './engine-table.ts';

// Runs the conformance suite of every engine that is here, and writes the table of docs/engines.md between its marks.
// Real servers take part where the environment names them, as the page says.
const root = fileURLToPath(new URL('../..', import.meta.url));
const page = join(root, 'docs/engines.md');
const folder = mkdtempSync(join(tmpdir(), 'rlloom-engines-'));
const report = join(folder, 'report.json');
try {
  const args = ['vitest', 'run', '--root', 'packages/rollout', '--maxWorkers=1', '-t', 'RolloutEngine conformance'];
  try {
    execFileSync('npx', [...args, '--reporter=json', `--outputFile=${report}`], { cwd: root, stdio: 'ignore' });
  } catch {
    // A failed test is a mark in the table.
  }
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
    testResults: { assertionResults: ReportedTest[] }[];
  };
  const table = engineTable(engineRows(testResults.flatMap(({ assertionResults }) => assertionResults)));
  const text = readFileSync(page, 'utf8');
  const [begin, end] = ['<!-- table: npm run engines-table -->', '<!-- end of table -->'];
  const before = text.slice(0, text.indexOf(begin) + begin.length);
  writeFileSync(page, `${before}\n\n${table}\n${text.slice(text.indexOf(end))}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
