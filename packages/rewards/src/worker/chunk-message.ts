import type { RewardRequest, Task } from '@rlloom/spec';
import type { Job } from './messages.ts';

/** Jobs on their way to a thread: a task is there once, and the tokens of all responses are one array. */
export interface ChunkMessage {
  readonly tasks: readonly Task[];
  readonly tokens: Int32Array;
  readonly jobs: readonly (readonly [unit: number, requests: readonly RequestMessage[]])[];
}

type RequestMessage = readonly [
  /** Index in `ChunkMessage.tasks`. */
  task: number,
  /** How many of the tokens are this response's; -1 = it has none. */
  tokens: number,
  rest: Omit<RewardRequest, 'responseTokens' | 'task'>,
];

/** Most of what a message costs is arrays and names of keys, so there are few of both. */
export function packJobs(jobs: readonly Job[]): ChunkMessage {
  const tasks = new Map<Task, number>();
  const arrays: ArrayLike<number>[] = [];
  const packed = jobs.map(({ unit, requests }) => {
    const messages = requests.map(({ task, responseTokens, ...rest }): RequestMessage => {
      if (!tasks.has(task)) tasks.set(task, tasks.size);
      if (responseTokens !== undefined) arrays.push(responseTokens);
      return [tasks.get(task)!, responseTokens?.length ?? -1, rest];
    });
    return [unit, messages] as const;
  });
  const tokens = new Int32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const array of arrays) {
    tokens.set(array, offset);
    offset += array.length;
  }
  return { tasks: [...tasks.keys()], tokens, jobs: packed };
}

/** The jobs of a message; tokens are views into its array. */
export function unpackJobs({ tasks, tokens, jobs }: ChunkMessage): Job[] {
  let offset = 0;
  return jobs.map(([unit, requests]) => ({
    unit,
    requests: requests.map(([task, length, rest]) => {
      const request = { task: tasks[task]!, ...rest };
      if (length < 0) return request;
      offset += length;
      return { ...request, responseTokens: tokens.subarray(offset - length, offset) };
    }),
  }));
}
