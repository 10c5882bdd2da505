import type { Metrics, Reporter, RewardResult, RunInfo, ScoredGroup } from '@rlloom/spec';

/** A group of two samples, one right and one that could not be verified, whose numbers depend on `step`. */
export function madeUpGroup(step: number, response = `\\boxed{${step}}`): ScoredGroup {
  const trajectory = (sampleIndex: number, responseText: string) => ({
    taskId: 'task-1',
    tag: 'math',
    sampleIndex,
    tokens: Int32Array.of(1, 2, 3, 4),
    promptLength: 2,
    lossMask: Uint8Array.of(0, 0, 1, 1),
    rolloutLogProbs: Float32Array.of(0, 0, -0.5, -step),
    policyVersions: Int32Array.of(-1, -1, step, step),
    stopReason: 'eos' as const,
    turns: [],
    responseText,
  });
  const right: RewardResult = {
    verdict: 'correct',
    score: 1,
    parts: { math_rule: 1, format: 0.5 },
    reasons: ['4 equals the reference 4'],
  };
  const failed: RewardResult = {
    verdict: 'unverifiable',
    score: null,
    parts: { math_rule: null },
    reasons: ['no answer was found'],
  };
  return {
    task: {
      id: 'task-1',
      tag: 'math',
      difficulty: 2,
      messages: [{ role: 'user', content: 'What is 2 + 2?' }],
      groundTruth: { finalAnswer: '4' },
    },
    trajectories: [trajectory(0, response), trajectory(1, '')],
    results: [right, failed],
    rewards: [1.5, null],
  };
}

/** Metrics of a step as a trainer gives them; only the `timing/` ones differ between two runs. */
function madeUpMetrics(step: number): Metrics {
  return {
    'train/accuracy': step / 10,
    'train/score_mean': step / 8,
    'train/reward_mean': 0,
    'reward/math_rule': step / 9,
    'actor/loss': 1 / step,
    'mismatch/abs_mean': step * 1e-7,
    'timing/rollout_seconds': Math.random(),
    'timing/rollout_tokens_per_second': 1000 + Math.random(),
  };
}

/** An announcement of a stage. */
export function madeUpInfo(directory: string, change: Partial<RunInfo> = {}): RunInfo {
  return {
    name: 'made-up',
    directory,
    stage: 'rlvr',
    completedStages: [],
    totalSteps: 8,
    startStep: 0,
    config: { exp: { name: 'made-up' } },
    ...change,
  };
}

/** Drives a reporter through the steps after `info.startStep` up to `until`, as a stage of a pipeline does. */
export async function madeUpStage(reporter: Reporter, info: RunInfo, until = info.totalSteps): Promise<void> {
  await reporter.onRunStart?.(info);
  const { stage } = info;
  const evaluate = (step: number): void | Promise<void> =>
    reporter.onEvaluation?.({
      stage,
      step,
      metrics: { 'eval/accuracy': step / 10, 'eval/difficulty_1/accuracy': step / 10, 'eval/difficulty_2/accuracy': 0 },
      groups: [madeUpGroup(step)],
    });
  if (info.startStep === 0) await evaluate(0);
  for (let step = info.startStep + 1; step <= until; step++) {
    reporter.onPhase?.({ step, phase: 'rollout', done: 0, total: 2 });
    reporter.onPhase?.({ step, phase: 'rollout', done: 2, total: 2 });
    await reporter.onStepEnd?.({ stage, step, metrics: madeUpMetrics(step), seconds: 0.5 + Math.random() });
    if (step % 2 === 1) await reporter.onSamples?.({ stage, step, groups: [madeUpGroup(step)] });
    if (step % 2 === 0) await evaluate(step);
    if (step % 2 === 0) await reporter.onCheckpoint?.({ stage, step, directory: info.directory });
  }
  if (until === info.totalSteps) await reporter.onRunEnd?.({ status: 'finished', step: until, summary: {} });
}

/** Collects what is written, as a terminal or as a file would get it. */
export function textCollector(isTTY = false): {
  readonly isTTY: boolean;
  readonly columns: number;
  write(text: string): void;
  text(): string;
} {
  const pieces: string[] = [];
  return { isTTY, columns: 100, write: (text) => void pieces.push(text), text: () => pieces.join('') };
}
