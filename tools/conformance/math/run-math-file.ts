import type { FileResult } from '../results.ts';
import { formatAccuracy, formatMathDetails } from './format-file.ts';
import { judgeFile } from './judge-file.ts';
import { readMathCases } from './math-case.ts';
import { runCases } from './run-cases.ts';

/**
 * Runs the math verifier over a file of cases. Its cases pass, fail, or are tolerated: wrong ones fail only when the
 * file does not reach its threshold.
 */
export async function runMathFile(name: string, path: string): Promise<FileResult> {
  const content = await readMathCases(path);
  const file = judgeFile(name, content, await runCases(content.cases));
  return {
    name,
    cases: file.cases.map(({ one, report, status }) => ({
      id: `${one.id} ${one.kind}`,
      status,
      where: report.outcome,
      reason: report.reason,
    })),
    summary: formatAccuracy(file),
    details: formatMathDetails(file),
  };
}
