import {
  type AgentConversation,
  deriveSeed,
  type GenerationResult,
  type Message,
  type MultiAgentEnvironment,
  type MultiAgentEpisode,
  type MultiAgentStep,
  RlloomError,
  type RolloutEngine,
  type SamplingParameters,
  type Task,
  type Tokenizer,
  type Trajectory,
} from '@rlloom/spec';
import {
  addToLastScore,
  appendGeneration,
  appendObservation,
  type ConversationRecord,
  conversationTrajectory,
  openConversation,
} from './conversation-record.ts';
import type { DrivenEpisode, PendingTurn } from '../drive-episodes.ts';
import { type EpisodeShape, requestTargets, scoreProblem } from './request-problem.ts';

/** What an episode needs to know of the call that runs it. */
export interface TeamEpisodeOptions {
  readonly environment: MultiAgentEnvironment;
  readonly task: Task;
  readonly sampleIndex: number;
  readonly seed: number;
  readonly episodeId: string;
  readonly engineOf: (agent: string) => RolloutEngine;
  readonly samplingOf: (agent: string) => SamplingParameters;
}

/** One episode while it runs. None of its methods rejects: failures are part of what it gives. */
export interface TeamEpisode extends DrivenEpisode {
  /** Why it failed. */
  readonly failure: { readonly what: string; readonly cause: unknown } | undefined;
  /** Also reads what was said, which a closed episode need not know any more. */
  close(): Promise<void>;
  /** After closing: by agent and number of the conversation, in the order of the environment's agents. */
  trajectories(tokenizer: Pick<Tokenizer, 'decode'>): readonly (readonly Trajectory[])[];
}

/** An episode of one task that has not started. */
export function createTeamEpisode(options: TeamEpisodeOptions): TeamEpisode {
  const { environment, task, sampleIndex, seed, episodeId } = options;
  const records = new Map<string, ConversationRecord[]>(environment.agents.map((agent) => [agent, []]));
  const shape: EpisodeShape = {
    agents: environment.agents,
    lengths: (agent) => (records.get(agent) ?? []).map(({ tokens }) => tokens.length),
    room: (agent) => options.engineOf(agent).capabilities.maxSequenceLength,
  };
  let episode: MultiAgentEpisode | undefined;
  let pending: (PendingTurn & { readonly record: ConversationRecord })[] = [];
  let failure: TeamEpisode['failure'];
  let isAborted = false;
  let end: Extract<MultiAgentStep, { readonly done: true }> | undefined;
  let answers: readonly AgentConversation[] = [];
  let closingFailure: string | undefined;
  const messages = new Map<ConversationRecord, readonly Message[] | undefined>();

  return {
    get failure() {
      return failure;
    },
    async next(results, signal) {
      const written = pending.map(({ record }, index) => ({ record, result: results[index] as GenerationResult }));
      pending = [];
      for (const { record, result } of written) appendGeneration(record, result);
      isAborted = written.some(({ result }) => result.stopReason === 'abort');
      const answered = written.map(({ record, result }) => ({
        agent: record.agent,
        conversation: record.conversation,
        result,
      }));
      await proceed(answered, signal, async () => {
        if (episode !== undefined) return episode.step(answered);
        episode = environment.createEpisode(task, { sampleIndex, seed });
        return episode.start();
      });
      return pending;
    },
    async close() {
      try {
        for (const record of [...records.values()].flat()) {
          if (record.generations.length > 0) messages.set(record, episode?.messages?.(record));
        }
      } catch (error) {
        failure ??= { what: messageOf(error), cause: error };
      }
      try {
        await episode?.close?.();
      } catch (error) {
        closingFailure = `closing it failed: ${messageOf(error)}`;
      }
    },
    trajectories: (tokenizer) =>
      environment.agents.map((agent) => {
        const own = records.get(agent) ?? [];
        const all =
          own.length === 0 && failure !== undefined ? [openConversation({ agent, conversation: 0 }, [])] : own;
        return all.map((record) => toTrajectory(record, tokenizer));
      }),
  };

  // Asks the environment what follows and does it. After a failure or an abort nothing is pending.
  async function proceed(
    answered: readonly AgentConversation[],
    signal: AbortSignal,
    ask: () => Promise<MultiAgentStep>,
  ): Promise<void> {
    isAborted ||= signal.aborted;
    if (isAborted) return;
    try {
      const step = await unlessAborted(ask(), signal);
      if (step === undefined) isAborted = true;
      else follow(step, answered);
    } catch (error) {
      if (signal.aborted) isAborted = true;
      else failure = { what: messageOf(error), cause: error };
    }
  }

  function follow(step: MultiAgentStep, answered: readonly AgentConversation[]): void {
    const problem = scoreProblem(step, answered, shape);
    if (problem !== undefined) throw episodeError(problem);
    answered.forEach((of, index) => {
      const score = step.turnScores?.[index] ?? null;
      if (score !== null) addToLastScore(recordOf(of), score);
    });
    if (step.done) {
      for (const [agent, score] of Object.entries(step.agentScores ?? {})) {
        const last = lastWritten(records.get(agent) ?? []);
        if (last !== undefined) addToLastScore(last, score);
      }
      end = step;
      answers = step.answers ?? answered;
      return;
    }
    const targets = requestTargets(step.requests, shape);
    if (typeof targets === 'string') throw episodeError(targets);
    pending = targets.map((target) => {
      const { agent, conversation, request, length } = target;
      let record: ConversationRecord;
      if ('promptTokens' in request) {
        record = openConversation(target, request.promptTokens);
        records.get(agent)?.push(record);
      } else {
        record = recordOf(target);
        appendObservation(record, request.observationTokens);
      }
      const engine = options.engineOf(agent);
      const sampling = options.samplingOf(agent);
      const room = engine.capabilities.maxSequenceLength - length;
      const maxNewTokens = Math.min(sampling.maxNewTokens, request.maxNewTokens ?? sampling.maxNewTokens, room);
      return {
        record,
        engine,
        request: {
          promptTokens: Int32Array.from(record.tokens),
          sampling: { ...sampling, maxNewTokens },
          seed: deriveSeed(seed, agent, conversation, record.generations.length),
          sessionId: `${episodeId}/${agent}/${conversation}`,
        },
      };
    });
  }

  function recordOf({ agent, conversation }: AgentConversation): ConversationRecord {
    return records.get(agent)?.[conversation] as ConversationRecord;
  }

  function toTrajectory(record: ConversationRecord, tokenizer: Pick<Tokenizer, 'decode'>): Trajectory {
    const reasons = [end?.reason, closingFailure].filter((reason) => reason !== undefined);
    return conversationTrajectory(
      record,
      {
        task,
        sampleIndex,
        episodeId,
        stopReason: isAborted ? 'abort' : end?.stopReason,
        endReason: reasons.length === 0 ? undefined : reasons.join('; '),
        failure: failure?.what,
        metrics: end?.metrics,
        isAnswer: answers.some((of) => of.agent === record.agent && of.conversation === record.conversation),
        messages: messages.get(record),
      },
      tokenizer,
    );
  }

  function episodeError(what: string): RlloomError {
    return new RlloomError('rollout', { what, where: `${environment.name}, task "${task.id}"` });
  }
}

// The conversation an agent wrote in last: of those it wrote in, the one begun last.
function lastWritten(records: readonly ConversationRecord[]): ConversationRecord | undefined {
  return records.findLast(({ generations }) => generations.length > 0);
}

/** What `work` gives; `undefined` as soon as the signal aborts, without waiting for it. */
async function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value | undefined> {
  let stop = (): void => undefined;
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
