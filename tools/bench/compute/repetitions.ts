import { median } from '../median.ts';
import { coreUse, othersBetween, quietLimit, waitForQuiet } from './quiet.ts';

/** One timed repetition. */
export interface Repetition {
  /** Of one call; where a repetition is several calls, their mean. */
  readonly seconds: number;
  /** Cores that other processes used meanwhile; `null` where the system does not tell. */
  readonly others: number | null;
}

/** How often something is timed. */
export interface Effort {
  /** Undisturbed repetitions that are wanted; at most twice as many are made. */
  readonly repetitions: number;
  /** Calls in one repetition, so that it lasts long enough for the kernel's clock of 10 ms. */
  readonly calls: number;
  /** Calls before, the first of which is told apart: it compiles. */
  readonly warmUp: number;
  /** Seconds to wait for a quiet machine, all repetitions together. */
  readonly patienceSeconds: number;
}

/** What was timed. */
export interface Timing {
  readonly firstSeconds: number;
  readonly repetitions: readonly Repetition[];
}

/** Times a piece of work; waits before each repetition until other processes are quiet, as long as patience lasts. */
export async function time(work: () => Promise<unknown>, effort: Effort): Promise<Timing> {
  const seconds = async () => {
    const from = performance.now();
    await work();
    return (performance.now() - from) / 1000;
  };
  const firstSeconds = await seconds();
  for (let call = 1; call < effort.warmUp; call++) await work();
  const repetitions: Repetition[] = [];
  let patience = effort.patienceSeconds;
  let undisturbed = 0;
  while (undisturbed < effort.repetitions && repetitions.length < 2 * effort.repetitions) {
    patience -= await waitForQuiet(patience);
    const from = coreUse();
    for (let call = 0; call < effort.calls; call++) await work();
    const to = coreUse();
    const repetition = { seconds: (to.atSeconds - from.atSeconds) / effort.calls, others: othersBetween(from, to) };
    repetitions.push(repetition);
    if (!isDisturbed(repetition)) undisturbed += 1;
  }
  return { firstSeconds, repetitions };
}

/** Whether other processes used too much of the cores; never where the system does not tell. */
export function isDisturbed({ others }: Repetition): boolean {
  return others !== null && others >= quietLimit;
}

/** Repetitions in one number, and what it is worth. */
export interface Summary {
  /** Median of the undisturbed repetitions, or of all where there is none. NaN without any. */
  readonly seconds: number;
  readonly counted: number;
  readonly discarded: number;
  /** Every repetition was disturbed. */
  readonly isContaminated: boolean;
  /** Whether the system told what other processes did. */
  readonly knowsOthers: boolean;
}

/** The median of what other processes left alone. */
export function summarize(repetitions: readonly Repetition[]): Summary {
  const undisturbed = repetitions.filter((repetition) => !isDisturbed(repetition));
  const isContaminated = undisturbed.length === 0;
  const used = isContaminated ? repetitions : undisturbed;
  return {
    seconds: median(used.map(({ seconds }) => seconds)),
    counted: used.length,
    discarded: repetitions.length - used.length,
    isContaminated,
    knowsOthers: repetitions.every(({ others }) => others !== null),
  };
}
