import { RlloomError } from '@rlloom/spec';

/** One thing wrong with one record. */
export interface RecordProblem {
  readonly file: string;
  /** 1-based line (JSONL) or 1-based index in the array (JSON). */
  readonly line: number;
  /** Path of the field as on disk, e.g. `messages[0].role`; empty when the whole record is meant. */
  readonly field: string;
  readonly message: string;
}

/** Problems found so far: at most `problemLimit` are kept, all are counted. */
export interface ProblemList {
  readonly problems: RecordProblem[];
  problemCount: number;
  badRecords: number;
}

/** Problems kept in full; beyond it they are only counted, so that a wrong file cannot fill the memory. */
const problemLimit = 1000;

/** Problems shown in an error message. */
const shownProblems = 20;

/** Notes the problems of one bad record. */
export function addProblems(list: ProblemList, problems: readonly RecordProblem[]): void {
  list.badRecords++;
  list.problemCount += problems.length;
  list.problems.push(...problems.slice(0, problemLimit - list.problems.length));
}

/** The error that lists what is wrong with which record. */
export function badRecordsError(list: ProblemList, recordCount: number, fix: string): RlloomError {
  const lines = list.problems.slice(0, shownProblems).map((problem) => {
    const field = problem.field === '' ? '' : `${problem.field} `;
    return `  ${problem.file}:${problem.line}: ${field}${problem.message}`;
  });
  const hidden = list.problemCount - lines.length;
  if (hidden > 0) lines.push(`  … and ${hidden} more`);
  return new RlloomError('data', {
    what: `${list.badRecords} of ${recordCount} records cannot be used:\n${lines.join('\n')}`,
    fix,
  });
}
