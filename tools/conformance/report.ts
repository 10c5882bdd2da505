import { type CaseResult, countStatus, type FileResult } from './results.ts';

/** Failures shown of one file unless all are asked for. */
const shownFailures = 3;

/** One row: the file, its counts, and the largest error with its place. */
export function formatRow(file: FileResult): string {
  const counts = (['passed', 'failed', 'skipped'] as const).map((status) => {
    const word = status === 'skipped' ? 'not covered' : status;
    return `${String(countStatus(file.cases, status)).padStart(5)} ${word}`;
  });
  return `${file.name.padEnd(44)}${counts.join('')}${file.summary ?? formatLargest(file.cases)}`;
}

/** What went wrong in failing cases; with `all`, in every one of them, and why cases were not covered. */
export function formatDetails(file: FileResult, all: boolean): readonly string[] {
  if (file.details !== undefined) return file.details;
  const failed = file.cases.filter(({ status }) => status === 'failed');
  const shown = all ? failed : failed.slice(0, shownFailures);
  const lines = shown.map(({ id, where, reason }) => `    failed ${id} at ${where ?? '?'}: ${reason ?? ''}`);
  if (shown.length < failed.length) lines.push(`    and ${failed.length - shown.length} more (--verbose)`);
  if (!all) return lines;
  const reasons = new Map<string, number>();
  for (const { status, reason = 'not built' } of file.cases) {
    if (status === 'skipped') reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  return [...lines, ...[...reasons].map(([reason, count]) => `    not covered ${count}: ${reason}`)];
}

/** The last line: `N passed, N failed, N skipped`. */
export function formatTotals(files: readonly FileResult[]): string {
  const cases = files.flatMap((file) => file.cases);
  return (['passed', 'failed', 'skipped'] as const)
    .map((status) => `${countStatus(cases, status)} ${status}`)
    .join(', ');
}

function formatLargest(cases: readonly CaseResult[]): string {
  const compared = cases.flatMap(({ id, error, where }) => (error === undefined ? [] : [{ id, error, where }]));
  const [first, ...others] = compared;
  if (first === undefined) return '';
  const { id, error, where } = others.reduce((worst, next) => (next.error > worst.error ? next : worst), first);
  if (error === 0) return '   largest error 0';
  return `   largest error ${error.toExponential(1)} (${id}${where === undefined || where === '' ? '' : `: ${where}`})`;
}
