import type { RewardRequest, Task } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { packJobs, unpackJobs } from './chunk-message.ts';
import type { Job } from './messages.ts';

const task = (id: string): Task => ({ id, tag: 'math', messages: [], groundTruth: { finalAnswer: '24' } });
const request = (of: Task, responseTokens?: ArrayLike<number>): RewardRequest => ({
  task: of,
  responseText: `an answer to ${of.id}`,
  responseTokenCount: responseTokens?.length ?? 0,
  stopReason: 'eos',
  ...(responseTokens !== undefined && { responseTokens }),
});
const [first, second] = [task('a'), task('b')];
const jobs: readonly Job[] = [
  { unit: 0, requests: [request(first, Int32Array.of(5, 6, 7))] },
  { unit: 1, requests: [request(first, Int32Array.of(8)), request(first)] },
  { unit: 0, requests: [{ ...request(second, Int32Array.of()), turnScores: [0.5, null] }] },
];

describe('packJobs', () => {
  it('says each task and the tokens once', () => {
    const { tasks, tokens } = packJobs(jobs);
    expect(tasks).toEqual([first, second]);
    expect([...tokens]).toEqual([5, 6, 7, 8]);
  });

  it('comes back the same through a message', () => {
    expect(unpackJobs(structuredClone(packJobs(jobs)))).toEqual(jobs);
    expect(unpackJobs(packJobs([]))).toEqual([]);
  });

  it('takes tokens of a longer sequence, and plain lists', () => {
    const sequence = Int32Array.of(1, 2, 3, 4);
    const packed = packJobs([{ unit: 0, requests: [request(first, sequence.subarray(1, 3)), request(first, [9])] }]);
    expect([...packed.tokens]).toEqual([2, 3, 9]);
  });
});
