import type { RewardRequest, RewardResult } from '@rlloom/spec';
import type { VerdictCache } from '../cache/verdict-cache.ts';
import type { RewardsConfig } from '../rewards.config.ts';
import type { Job, JobFailure, JobOutcome, PartAnswer } from '../worker/messages.ts';
import { composeResult } from './compose-result.ts';
import type { JobQueue } from './job-queue.ts';
import type { DomainPlan, PoolPlan } from './pool-plan.ts';

/** All responses to one task. */
export interface RequestGroup {
  /** Index in `PoolPlan.domains`. */
  readonly domain: number;
  readonly requests: readonly RewardRequest[];
}

/** What came of one response. */
export interface SampleOutcome {
  readonly result: RewardResult;
  /** Score of each part of the domain, before weighting. */
  readonly partScores: readonly (number | null)[];
  /** Time its jobs took where they ran. */
  readonly milliseconds: number;
  /** Set where a part failed; also when the other parts gave a reward. */
  readonly failure?: JobFailure;
  /** All of it was known from before. */
  readonly cached: boolean;
}

/** What scores. */
export interface Scoring {
  readonly plan: PoolPlan;
  readonly queues: readonly JobQueue[];
  readonly cache: VerdictCache | undefined;
  readonly onPartFailure: RewardsConfig['onPartFailure'];
  readonly signal: AbortSignal;
  /** Told how many samples are done. */
  readonly onDone: ((done: number) => void) | undefined;
}

interface Sample {
  readonly domain: DomainPlan;
  /** By part of the domain. */
  readonly answers: PartAnswer[];
  jobsLeft: number;
  milliseconds: number;
  failure: JobFailure | undefined;
  cached: boolean;
}

interface PlacedJob extends Job {
  readonly lane: number;
  readonly samples: readonly Sample[];
  /** Index in the parts of the domain, for each part of the unit. */
  readonly parts: readonly number[];
  readonly key: string | undefined;
}

/** Scores groups on the queues of a plan; outcomes by group and response. */
export async function scoreSamples(groups: readonly RequestGroup[], scoring: Scoring): Promise<SampleOutcome[][]> {
  const { plan, queues, cache, onPartFailure } = scoring;
  const samples = groups.map(({ domain, requests }) => requests.map(() => newSample(plan.domains[domain]!)));
  let done = 0;
  const finish = (job: PlacedJob, outcome: JobOutcome, cached: boolean): void => {
    if (!cached && job.key !== undefined) cache?.add(job.key, outcome);
    for (const [index, sample] of job.samples.entries()) {
      for (const [part, place] of job.parts.entries()) sample.answers[place] = outcome.answers[part]![index]!;
      sample.milliseconds += outcome.milliseconds / job.samples.length;
      sample.failure ??= outcome.failure;
      sample.cached &&= cached;
      sample.jobsLeft--;
      if (sample.jobsLeft > 0) continue;
      done++;
      scoring.onDone?.(done);
    }
  };
  const jobs = groups.flatMap((group, index) => jobsOf(group, samples[index]!, scoring));
  const toDo = jobs.filter((job) => {
    const known = job.key === undefined ? undefined : cache?.get(job.key);
    if (known !== undefined) finish(job, known, true);
    return known === undefined;
  });
  const stop = new AbortController();
  const signal = AbortSignal.any([scoring.signal, stop.signal]);
  try {
    await Promise.all(
      queues.map((queue, lane) => {
        const own = toDo.filter((job) => job.lane === lane);
        const plain = own.map(({ unit, requests }): Job => ({ unit, requests }));
        return queue.score(plain, { signal, onDone: (index, outcome) => finish(own[index]!, outcome, false) });
      }),
    );
  } catch (error) {
    // What one lane could not do is of no use without it.
    stop.abort();
    throw error;
  }
  return samples.map((group) => group.map((sample) => outcomeOf(sample, onPartFailure)));
}

function newSample(domain: DomainPlan): Sample {
  return {
    domain,
    answers: domain.parts.map(() => ({ failure: null })),
    jobsLeft: domain.units.length,
    milliseconds: 0,
    failure: undefined,
    cached: true,
  };
}

function jobsOf(
  { domain, requests }: RequestGroup,
  samples: readonly Sample[],
  { plan, cache }: Pick<Scoring, 'cache' | 'plan'>,
): PlacedJob[] {
  if (requests.length === 0) return [];
  return plan.domains[domain]!.units.flatMap(({ lane, unit, scope, parts }) => {
    const unitPlan = plan.lanes[lane]!.units[unit]!;
    const place = (some: readonly RewardRequest[], its: readonly Sample[]): PlacedJob => ({
      lane,
      unit,
      parts,
      requests: some,
      samples: its,
      key: cache?.keyOf(unitPlan, some),
    });
    if (scope === 'group') return [place(requests, samples)];
    return requests.map((request, index) => place([request], [samples[index]!]));
  });
}

function outcomeOf(sample: Sample, onPartFailure: RewardsConfig['onPartFailure']): SampleOutcome {
  const { domain, answers, milliseconds, failure, cached } = sample;
  const parts = domain.parts.map((part, index) => ({ ...part, outcome: answers[index]! }));
  return {
    result: composeResult(parts, onPartFailure),
    partScores: answers.map((answer) => ('failure' in answer ? null : answer.score)),
    milliseconds,
    cached,
    ...(failure !== undefined && { failure }),
  };
}
