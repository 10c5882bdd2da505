import type { RewardContext, RewardRequest } from '@rlloom/spec';
import { blockedTime } from './blocked-time.ts';
import { describeError } from './describe-error.ts';
import type { ReadyPart } from './job-reward.ts';
import { createJobSignal } from './job-signal.ts';
import type { JobOutcome, PartAnswer, UnitPlan } from './messages.ts';
import { toRewardResult } from './reward-result.ts';

/** What a job needs beside its requests. */
export interface JobSetting {
  readonly unit: Pick<UnitPlan, 'timeoutMs'>;
  readonly parts: readonly ReadyPart[];
  /** Told which part is at work, by its index. */
  readonly onPart?: (part: number) => void;
  /** Leave a part that does not heed its signal to itself, instead of waiting for whoever ends the thread. */
  readonly abandonLate: boolean;
  /** Ends the job early. */
  readonly stop?: AbortSignal;
}

/** Share of a job's time that others may block before its lateness is theirs. */
const mostBlocked = 0.1;

/** Scores the requests of one job, part by part, until its deadline. Never rejects. */
export async function runJob(requests: readonly RewardRequest[], setting: JobSetting): Promise<JobOutcome> {
  const { unit, parts, abandonLate, stop } = setting;
  const late = lateText(unit.timeoutMs);
  const start = performance.now();
  const blockedBefore = abandonLate ? blockedTime() : 0;
  const jobSignal = createJobSignal(unit.timeoutMs, late, stop);
  const context: RewardContext = {
    get signal() {
      return jobSignal.signal;
    },
    deadline: Date.now() + unit.timeoutMs,
  };
  for (const request of requests) deepFreeze(request);
  const ended = abandonLate ? endOf(jobSignal.signal) : undefined;
  const answers: PartAnswer[][] = [];
  let isLate = false;
  for (const [index, part] of parts.entries()) {
    if (isLate) {
      answers.push(requests.map(() => ({ failure: null })));
      continue;
    }
    setting.onPart?.(index);
    const work = runPart(part, requests, context);
    const answer = await (ended === undefined ? work : Promise.race([work, ended]));
    // A reward that heeds its signal ends by itself, but is as late as any other.
    isLate = performance.now() - start > unit.timeoutMs || answer === undefined;
    answers.push(isLate || answer === undefined ? requests.map(() => ({ failure: late })) : answer);
  }
  jobSignal.release();
  const milliseconds = performance.now() - start;
  if (isLate) {
    const disturbed = abandonLate && blockedTime() - blockedBefore > mostBlocked * unit.timeoutMs;
    return { answers, milliseconds, failure: 'timeout', ...(disturbed && { disturbed }) };
  }
  const failed = answers.some((all) => all.some((answer) => 'failure' in answer));
  return { answers, milliseconds, ...(failed && { failure: 'error' }) };
}

/** What is said of a job that passed its deadline. */
export function lateText(timeoutMs: number): string {
  return `passed the deadline of ${timeoutMs} ms`;
}

async function runPart(
  part: ReadyPart,
  requests: readonly RewardRequest[],
  context: RewardContext,
): Promise<PartAnswer[]> {
  try {
    return (await part.reward(requests, context)).map((result) => toRewardResult(result));
  } catch (error) {
    const failure = describeError(error, part.file);
    return requests.map(() => ({ failure }));
  }
}

function endOf(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

// Samples of a chunk share their task; one that changed it would change its neighbours' verdicts.
function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
}
