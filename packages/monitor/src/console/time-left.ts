import prettyMilliseconds from 'pretty-ms';

/** Estimates the time a stage still needs from its own pace. */
export interface TimeLeft {
  /** A step is complete; returns the milliseconds left. */
  stepEnded(step: number): number;
}

/**
 * The pace is measured over the last steps only (evaluations and checkpoints between them count too), so that the
 * first, slower steps are soon forgotten.
 *
 * @param options.now the present in milliseconds
 * @param options.window steps the pace is measured over. Default 20
 */
export function createTimeLeft(options: {
  readonly startStep: number;
  readonly totalSteps: number;
  readonly now: () => number;
  readonly window?: number;
}): TimeLeft {
  const { startStep, totalSteps, now, window = 20 } = options;
  const ends: { readonly step: number; readonly time: number }[] = [{ step: startStep, time: now() }];
  return {
    stepEnded(step) {
      ends.push({ step, time: now() });
      if (ends.length > window + 1) ends.shift();
      const [first, last] = [ends[0], ends.at(-1)];
      if (first === undefined || last === undefined || last.step === first.step) return 0;
      return ((last.time - first.time) / (last.step - first.step)) * (totalSteps - step);
    },
  };
}

/**
 * A duration for people, to the second and in at most two units.
 *
 * @example
 * ```ts
 * formatDuration(252_000); // => '4m 12s'
 * ```
 */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return 'under 1s';
  return prettyMilliseconds(milliseconds, { secondsDecimalDigits: 0, unitCount: 2 });
}
