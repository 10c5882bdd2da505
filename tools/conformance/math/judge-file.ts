import type { MathCase, MathFile, MathLayout } from './math-case.ts';
import type { CaseReport } from './run-cases.ts';

/** What a file of a layout has to reach. */
export interface MathThreshold {
  /** Share of cases that must be right. */
  readonly accuracy: number;
  /** Whether a single wrong answer that was taken for a right one fails the file. */
  readonly noFalsePositive: boolean;
}

/** Kept-back cases of the same suites, under other names, have to reach a little less where labels are debatable. */
function thresholdOf(layout: MathLayout, name: string): MathThreshold {
  const isPublic = /\bpublic/.test(name);
  switch (layout) {
    case 'answers':
      return { accuracy: isPublic ? 0.97 : 0.96, noFalsePositive: false };
    case 'latex-parse':
      return { accuracy: isPublic ? 0.9 : 0.85, noFalsePositive: false };
    case 'derived':
      return { accuracy: 0.995, noFalsePositive: true };
    case 'adversarial':
      return { accuracy: 1, noFalsePositive: true };
  }
}

/** A case with what became of it. */
export interface JudgedCase {
  readonly one: MathCase;
  readonly report: CaseReport;
  /** `tolerated`: wrong, but the file reaches what it has to. */
  readonly status: 'passed' | 'failed' | 'tolerated';
  /** Took longer than its budget. */
  readonly isLate: boolean;
}

/** A file with what became of its cases. */
export interface JudgedFile {
  readonly layout: MathLayout;
  readonly threshold: MathThreshold;
  readonly accuracy: number;
  readonly cases: readonly JudgedCase[];
}

/** Holds the reports of a file against what it has to reach. */
export function judgeFile(name: string, { layout, cases }: MathFile, reports: readonly CaseReport[]): JudgedFile {
  const threshold = thresholdOf(layout, name);
  const accuracy = reports.filter(({ outcome }) => outcome === 'right').length / cases.length;
  const isReached = accuracy >= threshold.accuracy;
  const judged = cases.map((one, index): JudgedCase => {
    const report = reports[index]!;
    const budget = 'config' in one ? one.config.limit_ms : undefined;
    const isLate = budget !== undefined && report.ms > budget;
    const isForbidden = report.outcome === 'false-positive' && threshold.noFalsePositive;
    const isWrong = report.outcome !== 'right';
    const status = isLate || isForbidden || (isWrong && !isReached) ? 'failed' : isWrong ? 'tolerated' : 'passed';
    return { one, report, status, isLate };
  });
  return { layout, threshold, accuracy, cases: judged };
}
