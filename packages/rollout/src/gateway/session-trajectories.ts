import type { Message, Tokenizer, Trajectory, Turn } from '@rlloom/spec';
import type { RecordedCall } from './call-tree.ts';

/** What is known of a session beside its calls. */
export interface SessionFacts {
  readonly taskId: string;
  readonly tag: string;
  readonly sampleIndex: number;
  readonly episodeId: string;
  /** Score of calls, by their id. */
  readonly scores: ReadonlyMap<string, number>;
  /** Reward of the whole. */
  readonly reward?: number;
  readonly failure?: string;
  readonly endReason?: string;
}

/**
 * The trajectories of a session: one per conversation, in the order in which their last answers were given. What two of
 * them share trains in the first, so every sampled token trains once. The reward of the whole is part of the score of
 * the last turn of each.
 */
export function sessionTrajectories(
  calls: readonly RecordedCall[],
  facts: SessionFacts,
  tokenizer: Pick<Tokenizer, 'decode'>,
): readonly Trajectory[] {
  const parents = new Set(calls.map(({ parent }) => parent));
  const trained = new Set<RecordedCall>();
  const leaves = calls.filter((call) => !parents.has(call));
  return leaves.map((leaf, index) => {
    const trajectory = trajectoryOf(pathOf(leaf), { facts, tokenizer, trained });
    if (leaves.length === 1) return trajectory;
    return { ...trajectory, episodeId: facts.episodeId, isAnswer: index === leaves.length - 1 };
  });
}

function pathOf(leaf: RecordedCall): readonly RecordedCall[] {
  const path: RecordedCall[] = [];
  for (let call: RecordedCall | undefined = leaf; call !== undefined; call = call.parent) path.unshift(call);
  return path;
}

interface TrajectoryContext {
  readonly facts: SessionFacts;
  readonly tokenizer: Pick<Tokenizer, 'decode'>;
  /** Calls whose tokens train in an earlier trajectory; this one's are added. */
  readonly trained: Set<RecordedCall>;
}

function trajectoryOf(path: readonly RecordedCall[], { facts, tokenizer, trained }: TrajectoryContext): Trajectory {
  const lengths = path.map(({ answer }, index) => path[index + 1]?.keptOfParent ?? answer.tokens.length);
  const total = path.reduce((sum, { askedTokens }, index) => sum + askedTokens.length + lengths[index]!, 0);
  const tokens = new Int32Array(total);
  const lossMask = new Uint8Array(total);
  const rolloutLogProbs = new Float32Array(total);
  const policyVersions = new Int32Array(total).fill(-1);
  const turns: Turn[] = [];
  let end = 0;
  const take = (author: Turn['author'], part: Int32Array): number => {
    const start = end;
    tokens.set(part, start);
    end += part.length;
    turns.push({ author, start, end });
    return start;
  };
  for (const [index, call] of path.entries()) {
    const { answer } = call;
    take(index === 0 ? 'prompt' : 'environment', call.askedTokens);
    const length = lengths[index]!;
    const start = take('policy', answer.tokens.subarray(0, length));
    if (trained.has(call)) continue;
    trained.add(call);
    lossMask.fill(1, start, end);
    rolloutLogProbs.set(answer.logProbs.subarray(0, length), start);
    policyVersions.set(answer.policyVersions.subarray(0, length), start);
  }
  const turnScores = scoresOf(path, facts);
  return {
    ...{ taskId: facts.taskId, tag: facts.tag, sampleIndex: facts.sampleIndex },
    ...{ tokens, promptLength: path[0]!.askedTokens.length, lossMask, rolloutLogProbs, policyVersions },
    ...{ stopReason: path.at(-1)!.answer.stopReason, turns },
    responseText: path
      .map(({ answer }, index) =>
        tokenizer.decode(answer.tokens.subarray(0, lengths[index]), { skipSpecialTokens: true }),
      )
      .join('\n'),
    conversation: conversationOf(path),
    ...(turnScores.some((score) => score !== null) && { turnScores }),
    ...(facts.failure !== undefined && { failure: facts.failure }),
    ...(facts.endReason !== undefined && { endReason: facts.endReason }),
  };
}

function conversationOf(path: readonly RecordedCall[]): readonly Message[] {
  return path.flatMap(({ messages, answer, parent }) => {
    const said = parent === undefined ? [] : messages.slice(parent.messages.length + 1);
    return [...said, answer.message];
  });
}

function scoresOf(path: readonly RecordedCall[], { scores, reward }: SessionFacts): readonly (number | null)[] {
  const given = path.map(({ id }) => scores.get(id) ?? null);
  return reward === undefined ? given : given.with(-1, (given.at(-1) ?? 0) + reward);
}
