import type { RewardRequest, StopReason, Task, Trajectory, TrajectoryGroup } from '@rlloom/spec';

/** A request of a task with a reference answer. */
export function request(responseText: string, finalAnswer = '24', steps?: readonly string[]): RewardRequest {
  return {
    task: {
      id: 'clips',
      tag: 'math',
      messages: [{ role: 'user', content: 'What is 48 / 2?' }],
      groundTruth: { finalAnswer, ...(steps !== undefined && { steps }) },
    },
    responseText,
    responseTokenCount: responseText.length,
    stopReason: 'eos',
  };
}

/** A task with a tag. */
export function task(tag: string, finalAnswer?: string): Task {
  return { id: `${tag}-1`, tag, messages: [], ...(finalAnswer !== undefined && { groundTruth: { finalAnswer } }) };
}

/** A group of trajectories that wrote these texts. */
export function group(of: Task, responses: readonly string[], stopReason: StopReason = 'eos'): TrajectoryGroup {
  const trajectories = responses.map(
    (responseText, sampleIndex): Trajectory => ({
      taskId: of.id,
      tag: of.tag,
      sampleIndex,
      tokens: Int32Array.of(1, 2, 3),
      promptLength: 1,
      lossMask: Uint8Array.of(0, 1, 1),
      rolloutLogProbs: Float32Array.of(0, -1, -1),
      policyVersions: Int32Array.of(-1, 0, 0),
      stopReason,
      turns: [],
      responseText,
    }),
  );
  return { task: of, trajectories };
}
