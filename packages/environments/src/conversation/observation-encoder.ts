import { type ChatTemplateOptions, isRlloomError, type Message, RlloomError, type Tokenizer } from '@rlloom/spec';

/** What a template reads in every rendering of a conversation. */
export type TemplateOptions = Omit<ChatTemplateOptions, 'addGenerationPrompt' | 'continueFinalMessage'>;

/** Options of {@link createObservationEncoder}. */
export interface ObservationEncoderOptions {
  readonly tokenizer: Tokenizer;
  /** `chat`: the chat template; `plain`: contents, as `singleTurn` joins them. Default `chat` */
  readonly promptFormat?: 'chat' | 'plain';
  /** Template, tools and variables: those the prompt is rendered with. */
  readonly template?: TemplateOptions;
  /**
   * As whom a tool's answer is shown. `auto`: as `tool` where the template knows that role, else as `user`.
   * Default `auto`
   */
  readonly toolRole?: 'auto' | 'tool' | 'user';
}

/** Makes the tokens between two turns of the policy. */
export interface ObservationEncoder {
  /**
   * The tokens that follow what the policy generated: the end of its turn where it did not write it, the messages, and
   * the header of the next turn.
   *
   * @param generated the tokens of the turn that ended
   * @param messages what the environment says: tool messages, users' messages. At least one.
   * @throws RlloomError kind `data` when the template refuses the messages
   */
  encode(generated: ArrayLike<number>, messages: readonly Message[]): Int32Array;
}

/**
 * Extends conversations in token space: tokens the policy sampled are never decoded and tokenized again.
 *
 * What follows a turn is rendered behind a fixed short conversation (a user's message and an answer that is a mark) and
 * cut off behind the mark. So it depends on the new messages alone: not on how long the conversation is, nor on what the
 * template would make of earlier turns (it may drop thoughts or write calls anew; the tokens keep them). The text is
 * tokenized from the end-of-turn token on, so words split as they do inside of a text; that token is left out when the
 * turn ended with it, or with any other end token of the model. Rules in docs/decisions/0450.
 */
export function createObservationEncoder(options: ObservationEncoderOptions): ObservationEncoder {
  const { tokenizer, promptFormat = 'chat', template = {}, toolRole = 'auto' } = options;
  const ends = tokenizer.eosTokenIds;
  const encodeText = (text: string): Int32Array => tokenizer.encode(text, { addSpecialTokens: false });
  const hasEnded = (generated: ArrayLike<number>): boolean => ends.includes(generated[generated.length - 1] ?? -1);
  if (promptFormat === 'plain') {
    // Behind an answer as the contents of a prompt are behind each other.
    return { encode: (_, messages) => encodeText(messages.map(({ content }) => `\n${content}`).join('')) };
  }
  const parts = { tokenizer, template };
  let known: ToolForm | undefined = toolRole === 'user' ? 'user' : undefined;
  const render = (messages: readonly Message[]): string => {
    if (!messages.some(({ role }) => role === 'tool')) return tailOf(parts, messages);
    known ??= chooseForm(
      parts,
      toolRole === 'auto' ? ['tool', 'tool-after-call', 'user'] : ['tool', 'tool-after-call'],
    );
    return tailOf(parts, messages, known);
  };

  return {
    encode(generated, messages) {
      const text = render(messages);
      // As one text with the end token before it: what follows must not be split like the beginning of a text.
      const tokens = encodeText(text);
      return hasEnded(generated) && ends.includes(tokens[0] ?? -1) ? tokens.subarray(1) : tokens;
    },
  };
}

// How tools' answers are shown: as they are, as they are behind an answer that calls, or as one message of the user.
type ToolForm = 'tool' | 'tool-after-call' | 'user';

interface Parts {
  readonly tokenizer: Tokenizer;
  readonly template: TemplateOptions;
}

// The first form in which the template shows the answer of a tool.
function chooseForm(parts: Parts, forms: readonly ToolForm[]): ToolForm {
  let failure: RlloomError | undefined;
  const probe: Message = { role: 'tool', content: 'RESULT', name: 'call', toolCallId: 'call00000' };
  for (const form of forms) {
    try {
      if (tailOf(parts, [probe], form).includes(probe.content)) return form;
    } catch (error) {
      if (!isRlloomError(error) || error.kind !== 'data') throw error;
      failure ??= error;
    }
  }
  throw failure ?? hidden('tool');
}

/** The rendered text behind the answer of a short conversation, up to where the next generation starts. */
function tailOf({ tokenizer, template }: Parts, messages: readonly Message[], form: ToolForm = 'tool'): string {
  const shown = form === 'user' ? asUser(messages) : messages;
  const mark = unusedMark(JSON.stringify([shown, template]));
  const toolCalls = shown.flatMap(({ role, toolCallId = 'call00000', name = 'call' }) =>
    role === 'tool'
      ? [{ id: toolCallId, type: 'function' as const, function: { name, arguments: JSON.stringify({ mark }) } }]
      : [],
  );
  const answer: Message =
    form === 'tool-after-call' ? { role: 'assistant', content: '', toolCalls } : { role: 'assistant', content: mark };
  const text = tokenizer.renderChat([{ role: 'user', content: 'a' }, answer, ...shown], {
    ...template,
    addGenerationPrompt: true,
  });
  const at = text.lastIndexOf(mark);
  if (at < 0) throw hidden('assistant');
  const tail = text.slice(at + mark.length);
  if (form !== 'tool-after-call') return tail;
  // The call itself is closed by text of its own: the turn ends at the first end token behind it.
  const starts = tokenizer.eosTokenIds.map((id) => tail.indexOf(tokenizer.tokenText(id))).filter((start) => start >= 0);
  if (starts.length === 0) throw hidden('tool');
  return tail.slice(Math.min(...starts));
}

// A template without a role for tools: their answers are one message of the user.
function asUser(messages: readonly Message[]): readonly Message[] {
  return [{ role: 'user', content: messages.map(({ content }) => content).join('\n') }];
}

function unusedMark(text: string): string {
  let mark = 'ANSWER';
  while (text.includes(mark)) mark += 'X';
  return mark;
}

function hidden(role: string): RlloomError {
  return new RlloomError('data', {
    what: `the chat template does not show messages of the role "${role}" behind an answer`,
    fix: 'use the template of an instruction-tuned model, give one of your own, or set the role of tools to "user"',
  });
}
