import {
  type AgentConversation,
  type AgentGeneration,
  type AgentRequest,
  type ChatTemplateOptions,
  type Message,
  type MultiAgentEnvironment,
  type MultiAgentEpisode,
  type MultiAgentStep,
  RlloomError,
  type Task,
  type Tokenizer,
} from '@rlloom/spec';
import { createObservationEncoder, type ObservationEncoder } from '../conversation/observation-encoder.ts';
import { encodePrompt, type PromptFormat } from '../single-turn.ts';
import { withoutThoughts } from './shown-text.ts';

/** How an agent of a team is rewarded. */
export interface AgentWeights {
  /** Weight of the score of the team's answer. */
  readonly jointWeight: number;
  /** Weight of the score of what it wrote itself. */
  readonly ownWeight: number;
  /** The tag its own writing is judged by; `null` = the task's. */
  readonly tag: string | null;
}

/** An agent of a team. */
export interface TeamRole extends AgentWeights {
  readonly name: string;
  /** Its system message; `null` = those of the task. */
  readonly systemPrompt: string | null;
  /** Most tokens of a turn; `null` = sampling's. */
  readonly maxNewTokens: number | null;
}

/** One agent is to write, in text. */
export interface TeamTurn {
  readonly agent: string;
  /** What it is told: a message of the user, or several messages in place of those of the task. */
  readonly says: string | readonly Message[];
  /** Goes on with the conversation this agent began last, instead of beginning one. Default false. */
  readonly continues?: boolean;
}

/** What an agent wrote, in text. */
export interface TeamAnswer extends AgentConversation {
  /** Special tokens skipped, and without thoughts where they are hidden. */
  readonly text: string;
}

/** How a workflow ended; what is left out is as in `MultiAgentStep`. */
export type TeamEnd = Omit<Extract<MultiAgentStep, { readonly done: true }>, 'done'>;

/**
 * The course of one episode: yields who writes next, all at the same time, gets what they wrote in that order, and
 * returns how it ended.
 */
export type TeamPlay = Generator<readonly TeamTurn[], TeamEnd, readonly TeamAnswer[]>;

/** How the text of teams becomes tokens. */
export interface TeamResources {
  readonly tokenizer: Tokenizer;
  /** `chat` renders the chat template, `plain` joins contents with newlines. Default `chat`. */
  readonly promptFormat?: PromptFormat;
  /** Longest prompt in tokens that is accepted. Default: no bound. */
  readonly maxPromptLength?: number;
  /** Template, and variables it reads, e.g. `{ enable_thinking: false }`. */
  readonly chatTemplate?: Pick<ChatTemplateOptions, 'template' | 'variables'>;
}

/** Options of `createTeam`. */
export interface TeamOptions extends TeamResources {
  readonly name: string;
  readonly roles: readonly TeamRole[];
  /** Agents see what others wrote without their thoughts. Default true. */
  readonly hideThoughts?: boolean;
  /** The course of one episode. */
  readonly play: (task: Task, seed: number) => TeamPlay;
}

/** An environment of several agents that says how they are rewarded. */
export interface TeamEnvironment extends MultiAgentEnvironment {
  /** By agent; for `teamRewards`. */
  readonly weights: Readonly<Record<string, AgentWeights>>;
}

/**
 * A team whose episodes are written as a generator of texts: it says who is told what, and gets what they wrote. The
 * tokens are made here: prompts with the chat template, conversations extended in token space.
 *
 * @throws RlloomError `config` for roles without a name of their own; from episodes `data` for prompts that are empty
 * or too long
 */
export function createTeam(options: TeamOptions): TeamEnvironment {
  const { name, roles, tokenizer, promptFormat = 'chat', chatTemplate = {} } = options;
  const agents = roles.map((role) => role.name);
  const repeated = agents.find((agent, index) => agents.indexOf(agent) !== index);
  if (repeated !== undefined) {
    throw new RlloomError('config', {
      what: `two agents are called "${repeated}"`,
      where: name,
      fix: 'give every agent a name of its own',
    });
  }
  const encoder = createObservationEncoder({ tokenizer, promptFormat, template: chatTemplate });
  return {
    name,
    agents,
    weights: Object.fromEntries(
      roles.map(({ name: agent, jointWeight, ownWeight, tag }) => [agent, { jointWeight, ownWeight, tag }]),
    ),
    createEpisode: (task, { seed }) => createEpisode({ ...options, encoder }, task, seed),
  };
}

interface Conversation {
  readonly messages: Message[];
  /** The tokens of the last turn. */
  written: ArrayLike<number>;
}

function createEpisode(
  options: TeamOptions & { readonly encoder: ObservationEncoder },
  task: Task,
  seed: number,
): MultiAgentEpisode {
  const { tokenizer, encoder, promptFormat, maxPromptLength, chatTemplate, hideThoughts = true } = options;
  const roles = new Map(options.roles.map((role) => [role.name, role]));
  const conversations = new Map<string, Conversation[]>();
  const play = options.play(task, seed);
  const encoding = {
    tokenizer,
    ...(promptFormat !== undefined && { promptFormat }),
    ...(maxPromptLength !== undefined && { maxPromptLength }),
    ...(chatTemplate !== undefined && { template: chatTemplate }),
  };

  return {
    start: async () => toStep(play.next([])),
    async step(generations) {
      return toStep(play.next(generations.map(read)));
    },
    messages: ({ agent, conversation }) => [...(conversations.get(agent)?.[conversation]?.messages ?? [])],
    async close() {
      play.return({});
    },
  };

  function read({ agent, conversation, result }: AgentGeneration): TeamAnswer {
    const { tokens } = result;
    const isEnded = tokenizer.eosTokenIds.includes(tokens.at(-1) ?? -1);
    const said = isEnded ? tokens.subarray(0, -1) : tokens;
    const own = conversations.get(agent)?.[conversation] as Conversation;
    own.messages.push({ role: 'assistant', content: tokenizer.decode(said) });
    own.written = tokens;
    const shown = tokenizer.decode(said, { skipSpecialTokens: true });
    return { agent, conversation, text: hideThoughts ? withoutThoughts(shown) : shown };
  }

  function toStep(next: IteratorResult<readonly TeamTurn[], TeamEnd>): MultiAgentStep {
    return next.done === true ? { done: true, ...next.value } : { done: false, requests: next.value.map(toRequest) };
  }

  function toRequest({ agent, says, continues = false }: TeamTurn): AgentRequest {
    const role = roles.get(agent);
    const limit = role?.maxNewTokens == null ? {} : { maxNewTokens: role.maxNewTokens };
    const own = conversations.get(agent) ?? [];
    const last = own.at(-1);
    if (continues && last !== undefined) {
      const messages: readonly Message[] = typeof says === 'string' ? [{ role: 'user', content: says }] : says;
      last.messages.push(...messages);
      return { agent, ...limit, observationTokens: encoder.encode(last.written, messages) };
    }
    conversations.set(agent, [...own, { messages: [], written: [] }]);
    return { agent, ...limit, promptTokens: encodePrompt({ ...task, messages: opening(role, says) }, encoding) };
  }

  function opening(role: TeamRole | undefined, says: TeamTurn['says']): readonly Message[] {
    const asked: readonly Message[] = typeof says === 'string' ? [{ role: 'user', content: says }] : says;
    const system: readonly Message[] =
      role?.systemPrompt == null
        ? task.messages.filter((message) => message.role === 'system')
        : [{ role: 'system', content: role.systemPrompt }];
    return [...system, ...asked.filter((message) => message.role !== 'system')];
  }
}
