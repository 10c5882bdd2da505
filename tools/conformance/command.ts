import { parseArgs } from 'node:util';
import { type BackendName, selectBackend } from '@rlloom/tensor';
import { formatDetails, formatRow, formatTotals } from './report.ts';
import { countStatus, type FileResult } from './results.ts';
import { NothingToCheck, runFixtures } from './run-fixtures.ts';

const usage = `npm run conformance -- [--fixtures DIR] [--only PATTERN] [--backend NAME] [--verbose]

Runs every fixture under DIR (default tools/fixtures) against the packages: algos/*.json, models/*/, train/*.json,
math/*.json. A file of math/ asks for a share of its cases: wrong ones count as failed when it does not reach it.
  --only PATTERN   a regular expression on the path below DIR, e.g. algos/adv_
  --backend NAME   auto (default), tfjs-node-gpu, tfjs-node, wasm, cpu, webgpu
  --verbose        also print each failing case and why cases are not covered
Ends with "N passed, N failed, N skipped"; exit 1 when a case failed, 2 when there was nothing to check.`;

/**
 * The conformance command.
 *
 * @param args of the command line
 * @param print takes one line of output
 * @returns the exit code: 0, 1 when a case failed, 2 when there was nothing to check
 */
export async function runConformance(args: readonly string[], print: (line: string) => void): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      fixtures: { type: 'string', default: 'tools/fixtures' },
      only: { type: 'string' },
      backend: { type: 'string', default: 'auto' },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    print(usage);
    return 0;
  }
  const backend = await selectBackend({ backend: values.backend as 'auto' | BackendName });
  print(`backend ${backend.reason}; ${backend.libraryVersion}`);
  const files: FileResult[] = [];
  try {
    const options = values.only === undefined ? {} : { only: new RegExp(values.only) };
    for await (const file of runFixtures(values.fixtures, options)) {
      files.push(file);
      print(formatRow(file));
      // A failure always says where; the rest of the details only when asked.
      for (const line of formatDetails(file, values.verbose)) print(line);
    }
  } catch (error) {
    if (!(error instanceof NothingToCheck)) throw error;
    print(error.message);
    return 2;
  }
  print(formatTotals(files));
  return files.some((file) => countStatus(file.cases, 'failed') > 0) ? 1 : 0;
}
