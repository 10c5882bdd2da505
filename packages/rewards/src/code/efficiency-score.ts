/** Processor time of a program and of the reference on one input. */
export interface EfficiencySample {
  readonly n: number;
  /** Milliseconds, without what starting and loading take. */
  readonly solutionMs: number;
  readonly referenceMs: number;
}

/** How a program's use of time compares. */
export interface EfficiencyReport {
  /** 0 to 1. */
  readonly score: number;
  /** Geometric mean over the sizes of solution / reference: 2 = twice as slow. */
  readonly ratio: number;
  /** `log2` of the growth of time when n doubles, of the solution less that of the reference: 1 = a factor n slower. */
  readonly growth: number;
}

/** Where time begins to cost, and where nothing is left. */
export interface EfficiencyLimits {
  readonly allowedRatio: number;
  readonly worstRatio: number;
}

/** Differences between two runs are uncertain by some milliseconds, so shorter times count as this. */
const leastMs = 10;

/**
 * Compares times over growing inputs. The score is 1 up to `allowedRatio`, 0 from `worstRatio` on, and between them
 * falls with the logarithm of the ratio: `1 - ln(ratio / allowed) / ln(worst / allowed)`. Times below 10 ms count as
 * 10 ms: inputs should be large enough for the reference to take longer.
 *
 * @example
 * ```ts
 * const sizes = [{ n: 10, solutionMs: 40, referenceMs: 10 }, { n: 20, solutionMs: 160, referenceMs: 20 }];
 * const report = scoreEfficiency(sizes, { allowedRatio: 2, worstRatio: 32 });
 * report.ratio.toFixed(2); // => '5.66'
 * report.growth; // => 1
 * ```
 */
export function scoreEfficiency(samples: readonly EfficiencySample[], limits: EfficiencyLimits): EfficiencyReport {
  const times = samples.map(({ n, solutionMs, referenceMs }) => ({
    n,
    solution: Math.max(leastMs, solutionMs),
    reference: Math.max(leastMs, referenceMs),
  }));
  const logs = times.map(({ solution, reference }) => Math.log2(solution / reference));
  const ratio = 2 ** (logs.reduce((sum, value) => sum + value, 0) / Math.max(1, logs.length));
  const { allowedRatio, worstRatio } = limits;
  const fall = Math.log(ratio / allowedRatio) / Math.log(worstRatio / allowedRatio);
  const first = times[0];
  const last = times.at(-1);
  const doublings = first === undefined || last === undefined ? 0 : Math.log2(last.n / first.n);
  return {
    score: Math.min(1, Math.max(0, 1 - fall)),
    ratio,
    growth: doublings === 0 ? 0 : (logs.at(-1)! - logs[0]!) / doublings,
  };
}
