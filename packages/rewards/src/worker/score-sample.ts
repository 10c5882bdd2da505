import type { RewardContext, RewardFunction, RewardRequest } from '@rlloom/spec';
import type { ClockWriter } from '../pool/sample-clock.ts';
import { type RewardMaker, rewardKinds } from '../reward-kinds.ts';
import { composeResult, type PartOutcome } from './compose-result.ts';
import { describeError } from './describe-error.ts';
import { loadRewardModule } from './load-module.ts';
import type { DomainPlan, PartPlan, PrepareProblem, SampleOutcome, WorkerPlan } from './messages.ts';
import { toRewardResult } from './reward-result.ts';

/** A part that is ready to score. */
interface Part extends PartPlan {
  readonly reward: (request: RewardRequest, context: RewardContext) => unknown;
  /** Of an own reward, to name the line where it failed. */
  readonly file: string | undefined;
}

/** Scores samples of one domain. */
export type SampleScorer = (request: RewardRequest, clock: ClockWriter) => Promise<SampleOutcome>;

/** Thrown when a part of a plan cannot be made. */
export class PartProblem extends Error {
  readonly problem: PrepareProblem;
  constructor(problem: PrepareProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** Makes the rewards of all domains, loading own modules. */
export function createScorers(plan: WorkerPlan): Promise<SampleScorer[]> {
  return Promise.all(plan.domains.map((domain) => createScorer(domain, plan)));
}

async function createScorer(domain: DomainPlan, plan: WorkerPlan): Promise<SampleScorer> {
  const parts = await Promise.all(domain.parts.map((part) => createPart(part, domain.name)));
  const late = `passed the deadline of ${plan.timeoutMs} ms`;
  return async (request, clock) => {
    const start = performance.now();
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(new Error(late)), plan.timeoutMs);
    const context: RewardContext = { signal: controller.signal, deadline: Date.now() + plan.timeoutMs };
    deepFreeze(request);
    const outcomes: PartOutcome[] = [];
    for (const [index, part] of parts.entries()) {
      clock.beginPart(index);
      const outcome = await runPart(part, request, context);
      outcomes.push({ name: part.name, weight: part.weight, verifies: part.verifies, outcome });
    }
    clearTimeout(timer);
    const milliseconds = performance.now() - start;
    const result = composeResult(outcomes, plan.onPartFailure);
    // A reward that heeds its signal ends by itself: its thread lives on, but the sample is as late as any other.
    if (milliseconds > plan.timeoutMs) {
      const reasons = [...result.reasons, late];
      return { result: { ...result, verdict: 'unverifiable', score: null, reasons }, milliseconds, failure: 'timeout' };
    }
    const failed = outcomes.some(({ outcome }) => 'failure' in outcome);
    return { result, milliseconds, ...(failed && { failure: 'error' }) };
  };
}

async function runPart(part: Part, request: RewardRequest, context: RewardContext): Promise<PartOutcome['outcome']> {
  try {
    return toRewardResult(await part.reward(request, context));
  } catch (error) {
    return { failure: describeError(error, part.file) };
  }
}

async function createPart(part: PartPlan, domain: string): Promise<Part> {
  const { source } = part;
  try {
    if (source.type === 'module') {
      const definition = await loadRewardModule(source.file, source.export);
      const reward: Part['reward'] = (request, context) => definition.score(request, source.options, context);
      return { ...part, reward, file: source.file };
    }
    // The configuration validated the options with this kind's schema; a message between threads has no types.
    const make = (await rewardKinds[source.type].load()) as RewardMaker<unknown, RewardFunction>;
    return { ...part, reward: await make(source.options), file: undefined };
  } catch (error) {
    throw new PartProblem({
      domain,
      part: part.name,
      message: describeError(error, source.type === 'module' ? source.file : undefined),
    });
  }
}

// Samples of a chunk share their task; one that changed it would change its neighbours' verdicts.
function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
}
