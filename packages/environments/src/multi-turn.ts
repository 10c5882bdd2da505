import type { ChatTemplateOptions, Environment, Interaction, Tokenizer, Tool } from '@rlloom/spec';
import { createObservationEncoder } from './conversation/observation-encoder.ts';
import { createMultiTurnEpisode } from './multi-turn-episode.ts';
import type { PromptFormat } from './single-turn.ts';
import type { ToolFormat } from './tool-formats/tool-format.ts';
import { type ToolFormatName, toolFormatOf } from './tool-formats/tool-formats.ts';
import { defaultToolLimits, type ToolLimits } from './tools/tool-box.ts';

/** Options of `multiTurn`. */
export interface MultiTurnOptions {
  readonly tokenizer: Tokenizer;
  /** `chat` renders the chat template, `plain` joins contents with newlines. Default `chat`. */
  readonly promptFormat?: PromptFormat;
  /** What the policy may call. Default: nothing, and turns are not searched for calls. */
  readonly tools?: readonly Tool[];
  /** Who answers a turn without calls. Default: nobody, such a turn ends the episode. */
  readonly interaction?: Interaction;
  /** How the model writes calls. Default `hermes`. */
  readonly toolFormat?: ToolFormatName | ToolFormat;
  /** As whom tools' answers are shown; see `ObservationEncoderOptions`. Default `auto`. */
  readonly toolRole?: 'auto' | 'tool' | 'user';
  /** Template, and variables it reads, e.g. `{ enable_thinking: false }`. */
  readonly chatTemplate?: Pick<ChatTemplateOptions, 'template' | 'variables'>;
  /** Turns of the policy in an episode. Default 8. */
  readonly maxAssistantTurns?: number;
  /** Replies of the interaction in an episode. Default: no bound of their own. */
  readonly maxUserTurns?: number;
  /** Longest prompt in tokens that is accepted. Default: no bound. */
  readonly maxPromptLength?: number;
  /** Most tokens of an episode after its prompt, generated and observed together. Default: no bound. */
  readonly maxTokens?: number;
  /** Tokens that must be left for a turn: with fewer, the episode ends before the observation. Default 1. */
  readonly minTurnTokens?: number;
  /** Milliseconds of one answer of the interaction. Default 60,000. */
  readonly interactionTimeoutMs?: number;
  readonly toolLimits?: Partial<ToolLimits>;
}

/**
 * An environment of several turns: the policy writes, its calls of tools are answered, the interaction replies to what
 * is no call, and so on until one of them ends it, the policy writes a turn that nobody answers, or a budget is spent.
 *
 * The conversation grows in token space (see `createObservationEncoder`): what the policy sampled is never tokenized
 * again, and only that trains. The score of a turn is the interaction's plus those of the turn's calls.
 *
 * Options of single samples come from their records: `tools_kwargs`, `interaction_kwargs`.
 */
export function multiTurn(options: MultiTurnOptions): Environment {
  const { tokenizer, tools = [], interaction, promptFormat = 'chat', chatTemplate = {}, toolRole = 'auto' } = options;
  const template = {
    ...chatTemplate,
    ...(tools.length > 0 && promptFormat === 'chat' && { tools: tools.map(({ schema }) => schema) }),
  };
  const shared = {
    ...{ tokenizer, promptFormat, tools, interaction, template },
    encoder: createObservationEncoder({ tokenizer, promptFormat, template, toolRole }),
    format: toolFormatOf(options.toolFormat ?? 'hermes'),
    maxAssistantTurns: options.maxAssistantTurns ?? 8,
    maxUserTurns: options.maxUserTurns ?? Number.POSITIVE_INFINITY,
    maxPromptLength: options.maxPromptLength ?? Number.POSITIVE_INFINITY,
    maxTokens: options.maxTokens ?? Number.POSITIVE_INFINITY,
    minTurnTokens: options.minTurnTokens ?? 1,
    interactionTimeoutMs: options.interactionTimeoutMs ?? 60_000,
    toolLimits: { ...defaultToolLimits, ...options.toolLimits },
  };
  return {
    name: 'multi-turn',
    createEpisode: (task, { seed }) => createMultiTurnEpisode(shared, { task, seed }),
    async close() {
      await Promise.all([...tools.map((tool) => tool.close?.()), interaction?.close?.()]);
    },
  };
}
