import { answerConversation, extendConversation, startConversation, type TokenConversation } from '@rlloom/models';
import { type Message, RlloomError, type Task, taskTools, type Tokenizer, type TrainingSequence } from '@rlloom/spec';
import type { SftConfig } from './sft.config.ts';

/** How demonstrations become tokens. */
export interface DemonstrationOptions {
  readonly tokenizer: Tokenizer;
  readonly promptFormat: 'chat' | 'plain';
  /** Longest accepted prompt + answer, in tokens. */
  readonly maxLength: number;
  /** Which of the assistant's turns train, see `sft.turns`. Default `auto`. */
  readonly turns?: SftConfig['turns'];
}

/**
 * A record as a training sequence, token for token as a rollout would make it: the prompt, with the record's `tools` where
 * it has them; then each of the assistant's turns, ended by the end-of-sequence token; between them what the template
 * writes for the messages of tools and users. Only the assistant's turns train, with their calls and their end, and of
 * those the ones that `turns` says; turns before them are part of the prompt.
 *
 * @throws RlloomError `data` when the last message is not the assistant's, the template does not show the calls of
 * tools, or the record is too long
 */
export function demonstrationSequence(task: Task, options: DemonstrationOptions): TrainingSequence {
  if (task.messages.at(-1)?.role !== 'assistant') {
    throw new RlloomError('data', {
      what: 'an SFT record must end with an assistant message',
      where: place(task),
      fix: 'add the answer as the last message, with role "assistant"',
    });
  }
  const { tokens, generatedMask } =
    options.promptFormat === 'chat' ? chatTokens(task, options) : plainTokens(task, options);
  if (tokens.length > options.maxLength) {
    throw new RlloomError('data', {
      what: `the record has ${tokens.length} tokens, more than ${options.maxLength}`,
      where: place(task),
      fix: 'raise rollout.max_prompt_length or rollout.max_response_length, or shorten the record',
    });
  }
  return { tokens, lossMask: generatedMask };
}

type MaskedTokens = Pick<TokenConversation, 'tokens' | 'generatedMask'>;

function chatTokens(task: Task, { tokenizer, turns = 'auto' }: DemonstrationOptions): MaskedTokens {
  const { messages } = task;
  const tools = taskTools(task);
  const isAgentic = tools !== undefined || messages.some(hasCalls);
  const first =
    turns === 'all' || (turns === 'auto' && isAgentic)
      ? messages.findIndex(({ role }) => role === 'assistant')
      : messages.length - 1;
  let conversation = startConversation(tokenizer, messages.slice(0, first), tools === undefined ? {} : { tools });
  for (let turn = first; turn < messages.length; ) {
    const message = messages[turn]!;
    const following = messages.findIndex(({ role }, index) => index > turn && role === 'assistant');
    const next = following < 0 ? messages.length : following;
    const tokens = turnTokens(task, { tokenizer, conversation, message });
    conversation = answerConversation(conversation, { message, tokens });
    if (next < messages.length) {
      conversation = extendConversation(tokenizer, conversation, messages.slice(turn + 1, next)).conversation;
    }
    turn = next;
  }
  return conversation;
}

interface Turn {
  readonly tokenizer: Tokenizer;
  /** What stands before the turn. */
  readonly conversation: TokenConversation;
  readonly message: Message;
}

function turnTokens(task: Task, turn: Turn): Int32Array {
  const { tokenizer, message } = turn;
  const text = hasCalls(message) ? textWithCalls(task, turn) : message.content;
  return Int32Array.from([...tokenizer.encode(text, { addSpecialTokens: false }), ...endOf(tokenizer)]);
}

// What the template writes for a turn with calls, behind its header and up to its end.
function textWithCalls(task: Task, { tokenizer, conversation, message }: Turn): string {
  const { messages, options, text: before } = conversation;
  const render = (answer: Message): string =>
    tokenizer.renderChat([...messages, answer], { ...options, addGenerationPrompt: false });
  const after = render(message);
  if (!after.startsWith(before) || after === render({ role: 'assistant', content: message.content })) {
    throw new RlloomError('data', {
      what: 'the chat template does not show calls of tools in what the assistant writes',
      where: place(task),
      fix: 'use a model whose template knows tools, or write the calls into the content of the message',
    });
  }
  const written = after.slice(before.length);
  const ends = tokenizer.eosTokenIds.map((id) => written.indexOf(tokenizer.tokenText(id))).filter((at) => at >= 0);
  return ends.length === 0 ? written : written.slice(0, Math.min(...ends));
}

function plainTokens({ messages }: Task, { tokenizer }: DemonstrationOptions): MaskedTokens {
  const prompt = tokenizer.encode(
    messages
      .slice(0, -1)
      .map(({ content }) => content)
      .join('\n'),
  );
  const answer = tokenizer.encode(messages.at(-1)?.content ?? '', { addSpecialTokens: false });
  const tokens = Int32Array.from([...prompt, ...answer, ...endOf(tokenizer)]);
  return { tokens, generatedMask: new Uint8Array(tokens.length).fill(1, prompt.length) };
}

function endOf(tokenizer: Tokenizer): readonly number[] {
  return tokenizer.eosTokenIds.slice(0, 1);
}

function hasCalls({ toolCalls = [] }: Message): boolean {
  return toolCalls.length > 0;
}

function place(task: Task): string {
  return task.source === undefined
    ? `task "${task.id}"`
    : `${task.source.file}:${task.source.line} (task "${task.id}")`;
}
