import type { Task, Trajectory } from '@rlloom/spec';

/** A response that was written, not sampled: it has a token per word, so that rewards of length see a length. */
export function writtenTrajectory(task: Task, responseText: string): Trajectory {
  const length = responseText.split(/\s+/).filter((word) => word !== '').length;
  return {
    taskId: task.id,
    tag: task.tag,
    sampleIndex: 0,
    tokens: new Int32Array(length),
    promptLength: 0,
    lossMask: new Uint8Array(length).fill(1),
    rolloutLogProbs: new Float32Array(length),
    policyVersions: new Int32Array(length),
    stopReason: 'eos',
    turns: [{ author: 'policy', start: 0, end: length }],
    responseText,
  };
}
