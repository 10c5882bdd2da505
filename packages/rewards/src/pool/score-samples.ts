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
  /** Composed as soon as the last job is done, while the threads work on. */
  outcome: SampleOutcome | undefined;
}

interface PlacedJob {
  readonly job: Job;
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
  const finish = ({ key, samples: own, parts }: PlacedJob, outcome: JobOutcome, cached: boolean): void => {
    if (!cached && key !== undefined) cache?.add(key, outcome);
    for (const [index, sample] of own.entries()) {
      for (const [part, place] of parts.entries()) sample.answers[place] = outcome.answers[part]![index]!;
      sample.milliseconds += outcome.milliseconds / own.length;
      sample.failure ??= outcome.failure;
      sample.cached &&= cached;
      sample.jobsLeft--;
      if (sample.jobsLeft > 0) continue;
      sample.outcome = outcomeOf(sample, onPartFailure);
      done++;
      scoring.onDone?.(done);
    }
  };
  const lanes: PlacedJob[][] = queues.map(() => []);
  for (const [index, group] of groups.entries()) {
    for (const [lane, placed] of jobsOf(group, samples[index]!, scoring)) {
      const known = placed.key === undefined ? undefined : cache?.get(placed.key);
      if (known === undefined) lanes[lane]!.push(placed);
      else finish(placed, known, true);
    }
  }
  const stop = new AbortController();
  const signal = AbortSignal.any([scoring.signal, stop.signal]);
  try {
    await Promise.all(
      queues.map((queue, lane) => {
        const own = lanes[lane]!;
        const onDone = (index: number, outcome: JobOutcome): void => finish(own[index]!, outcome, false);
        return queue.score(
          own.map(({ job }) => job),
          { signal, onDone },
        );
      }),
    );
  } catch (error) {
    // What one lane could not do is of no use without it.
    stop.abort();
    throw error;
  }
  return samples.map((group) => group.map((sample) => sample.outcome!));
}

/** Until its part is done. */
const pending: PartAnswer = { failure: null };

function newSample(domain: DomainPlan): Sample {
  return {
    domain,
    answers: domain.parts.map(() => pending),
    jobsLeft: domain.units.length,
    milliseconds: 0,
    failure: undefined,
    cached: true,
    outcome: undefined,
  };
}

/** The jobs of a group, each with its lane. */
function* jobsOf(
  { domain, requests }: RequestGroup,
  samples: readonly Sample[],
  { plan, cache }: Pick<Scoring, 'cache' | 'plan'>,
): Generator<readonly [lane: number, PlacedJob]> {
  if (requests.length === 0) return;
  for (const { lane, unit, scope, parts } of plan.domains[domain]!.units) {
    const unitPlan = plan.lanes[lane]!.units[unit]!;
    const place = (some: readonly RewardRequest[], its: readonly Sample[]): PlacedJob => ({
      job: { unit, requests: some },
      samples: its,
      parts,
      key: cache?.keyOf(unitPlan, some),
    });
    if (scope === 'group') yield [lane, place(requests, samples)];
    else for (const [index, request] of requests.entries()) yield [lane, place([request], [samples[index]!])];
  }
}

function outcomeOf(
  { domain, answers, milliseconds, failure, cached }: Sample,
  onPartFailure: RewardsConfig['onPartFailure'],
): SampleOutcome {
  const parts = domain.parts.map((part, index) => ({ ...part, outcome: answers[index]! }));
  return {
    result: composeResult(parts, onPartFailure),
    partScores: answers.map((answer) => ('failure' in answer ? null : answer.score)),
    milliseconds,
    cached,
    ...(failure !== undefined && { failure }),
  };
}
