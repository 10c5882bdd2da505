/** What became of one case. */
export interface CaseResult {
  readonly id: string;
  /**
   * `skipped`: what the case asks for is not built, so nothing was compared. `tolerated`: wrong, but the file asks for a
   * share of its cases and reaches it.
   */
  readonly status: 'passed' | 'failed' | 'skipped' | 'tolerated';
  /** Largest scaled error of a case that was compared: `|x − expected| / max(1, |expected|)`. */
  readonly error?: number;
  /** Where the largest error or the failure is: `advantages[2][3]`. */
  readonly where?: string;
  /** Why a case failed or was skipped. */
  readonly reason?: string;
}

/** The cases of one fixture file or model folder. */
export interface FileResult {
  /** Path below the fixtures: `algos/adv_grpo.json`. */
  readonly name: string;
  readonly cases: readonly CaseResult[];
  /** Shown behind the counts instead of the largest error. */
  readonly summary?: string;
  /** Lines always shown, instead of the first failures. */
  readonly details?: readonly string[];
}

/** How many cases have a status. */
export function countStatus(cases: readonly CaseResult[], status: CaseResult['status']): number {
  return cases.filter((result) => result.status === status).length;
}
