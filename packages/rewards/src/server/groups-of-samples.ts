import type { ScoredGroup, Task, Trajectory, TrajectoryGroup } from '@rlloom/spec';
import type { ScoreResult, ScoreSample } from './score-schemas.ts';

/** Responses to one task, and which samples of the request they are. */
export interface SampleGroup {
  readonly group: TrajectoryGroup;
  /** For each trajectory the index of its sample. */
  readonly indices: readonly number[];
}

/** Puts samples into groups by their `group`, in the order in which the groups begin; one without is alone. */
export function groupsOfSamples(samples: readonly ScoreSample[], defaultTag: string): readonly SampleGroup[] {
  const members = new Map<string | number, number[]>();
  for (const [index, { group }] of samples.entries()) {
    const key = group ?? index;
    members.set(key, [...(members.get(key) ?? []), index]);
  }
  return [...members.values()].map((indices) => {
    const task = taskOf(samples[indices[0]!]!, { defaultTag, index: indices[0]! });
    const trajectories = indices.map((index, sampleIndex) => trajectoryOf(samples[index]!, { task, sampleIndex }));
    return { group: { task, trajectories }, indices };
  });
}

/** What is answered for each trajectory of a group. */
export function resultsOfGroup({ results, rewards, domain = '' }: ScoredGroup): readonly ScoreResult[] {
  return results.map(({ verdict, score, parts, reasons, stepScores }, index) => ({
    verdict,
    reward: rewards[index]!,
    score,
    parts: { ...parts },
    reasons: [...reasons],
    ...(stepScores !== undefined && { step_scores: [...stepScores] }),
    domain,
  }));
}

function taskOf(
  sample: ScoreSample,
  { defaultTag, index }: { readonly defaultTag: string; readonly index: number },
): Task {
  const { ground_truth: truth, test_cases: cases, prompt = '', messages } = sample;
  const finalTruth = typeof truth === 'string' ? { final_answer: truth } : truth;
  return {
    id: sample.id ?? sample.group ?? `sample ${index}`,
    messages: messages ?? [{ role: 'user', content: prompt }],
    tag: sample.tag ?? defaultTag,
    ...(finalTruth !== undefined && {
      groundTruth: {
        finalAnswer: finalTruth.final_answer,
        ...(finalTruth.steps !== undefined && { steps: finalTruth.steps }),
      },
    }),
    ...(cases !== undefined && {
      testCases: cases.map(({ input, expected_output: expectedOutput }) => ({ input, expectedOutput })),
    }),
    ...(sample.case_type !== undefined && { caseType: sample.case_type }),
    ...(sample.evaluation_criteria !== undefined && { evaluationCriteria: sample.evaluation_criteria }),
    ...(sample.images !== undefined && { images: sample.images }),
    ...(sample.extra !== undefined && { extra: sample.extra }),
  };
}

function trajectoryOf(
  sample: ScoreSample,
  { task, sampleIndex }: { readonly task: Task; readonly sampleIndex: number },
): Trajectory {
  const tokens = Int32Array.from(sample.response_tokens ?? []);
  const { length } = tokens;
  return {
    taskId: task.id,
    tag: task.tag,
    sampleIndex,
    tokens,
    promptLength: 0,
    lossMask: new Uint8Array(length).fill(1),
    rolloutLogProbs: new Float32Array(length),
    policyVersions: new Int32Array(length),
    stopReason: sample.stop_reason,
    turns: [{ author: 'policy', start: 0, end: length }],
    responseText: sample.response,
  };
}
