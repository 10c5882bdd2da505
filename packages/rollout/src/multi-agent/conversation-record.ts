import type {
  AgentConversation,
  GenerationResult,
  Message,
  StopReason,
  Task,
  Tokenizer,
  Trajectory,
  Turn,
} from '@rlloom/spec';

/** One conversation of an agent while its episode runs: tokens are only ever appended. */
export interface ConversationRecord extends AgentConversation {
  readonly promptLength: number;
  readonly tokens: number[];
  readonly generations: { readonly start: number; readonly result: GenerationResult }[];
  /** One per generation. */
  readonly scores: (number | null)[];
  readonly turns: Turn[];
}

/** What the trajectory of a conversation takes from its episode. */
export interface EpisodeOutcome {
  readonly task: Task;
  readonly sampleIndex: number;
  readonly episodeId: string;
  /** Instead of how the conversation's last generation ended. */
  readonly stopReason: StopReason | undefined;
  readonly endReason: string | undefined;
  readonly failure: string | undefined;
  readonly metrics: Readonly<Record<string, number>> | undefined;
  readonly isAnswer: boolean;
  readonly messages: readonly Message[] | undefined;
}

/** A conversation of which nothing but the prompt is there. */
export function openConversation(of: AgentConversation, prompt: ArrayLike<number>): ConversationRecord {
  const promptLength = prompt.length;
  return {
    agent: of.agent,
    conversation: of.conversation,
    promptLength,
    tokens: Array.from(prompt),
    generations: [],
    scores: [],
    turns: promptLength === 0 ? [] : [{ author: 'prompt', start: 0, end: promptLength }],
  };
}

/** Appends what the agent is told. */
export function appendObservation(record: ConversationRecord, tokens: ArrayLike<number>): void {
  if (tokens.length > 0) append(record, 'environment', tokens);
}

/** Appends what the agent wrote. */
export function appendGeneration(record: ConversationRecord, result: GenerationResult): void {
  record.generations.push({ start: record.tokens.length, result });
  record.scores.push(null);
  append(record, 'policy', result.tokens);
}

/** Adds to the score of the last turn; without effect where there is none. */
export function addToLastScore(record: ConversationRecord, score: number): void {
  const last = record.scores.length - 1;
  if (last >= 0) record.scores[last] = (record.scores[last] ?? 0) + score;
}

/** The trajectory of a conversation: what the agent wrote trains, prompts and observations never. */
export function conversationTrajectory(
  record: ConversationRecord,
  outcome: EpisodeOutcome,
  tokenizer: Pick<Tokenizer, 'decode'>,
): Trajectory {
  const { generations } = record;
  const length = record.tokens.length;
  const lossMask = new Uint8Array(length);
  const rolloutLogProbs = new Float32Array(length);
  const policyVersions = new Int32Array(length).fill(-1);
  for (const { start, result } of generations) {
    lossMask.fill(1, start, start + result.tokens.length);
    rolloutLogProbs.set(result.logProbs, start);
    policyVersions.set(result.policyVersions, start);
  }
  const written = generations.map(({ result }) => tokenizer.decode(result.tokens, { skipSpecialTokens: true }));
  const { task, endReason, failure, metrics, messages } = outcome;
  return {
    taskId: task.id,
    tag: task.tag,
    sampleIndex: outcome.sampleIndex,
    tokens: Int32Array.from(record.tokens),
    promptLength: record.promptLength,
    lossMask,
    rolloutLogProbs,
    policyVersions,
    stopReason: outcome.stopReason ?? generations.at(-1)?.result.stopReason ?? 'environment',
    turns: record.turns,
    responseText: written.join('\n'),
    agent: record.agent,
    episodeId: outcome.episodeId,
    isAnswer: outcome.isAnswer,
    ...(messages !== undefined && { conversation: messages }),
    ...(record.scores.some((score) => score !== null) && { turnScores: record.scores }),
    ...(metrics !== undefined && { episodeMetrics: metrics }),
    ...(endReason !== undefined && { endReason }),
    ...(failure !== undefined && { failure }),
  };
}

function append(record: ConversationRecord, author: Turn['author'], tokens: ArrayLike<number>): void {
  const start = record.tokens.length;
  for (let index = 0; index < tokens.length; index++) record.tokens.push(tokens[index] as number);
  record.turns.push({ author, start, end: record.tokens.length });
}
