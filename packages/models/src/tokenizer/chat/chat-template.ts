import { type ChatTemplateOptions, type Message, RlloomError } from '@rlloom/spec';
import { continuationTag, cutAtContinuation, withContinuation } from './continue-message.ts';
import {
  generationMarks,
  hasGenerationBlocks,
  markGenerationBlocks,
  takeMarks,
  type TextRange,
  unusedMarks,
} from './generation-blocks.ts';
import { type CompiledTemplate, compileTemplate, isRefusal } from './template-engine.ts';
import { toTemplateMessage } from './template-message.ts';

/** A rendered conversation. */
export interface RenderedChat {
  readonly text: string;
  /**
   * What the assistant writes, from the template's `{% generation %}` blocks, in UTF-16 units. `undefined` where the
   * template has none.
   */
  readonly generated: readonly TextRange[] | undefined;
}

/** A chat template that is compiled when it is first used. */
export interface ChatTemplate {
  readonly exists: boolean;
  /** The names of the templates; `default` for a single one. */
  readonly names: readonly string[];
  /**
   * The rendered conversation. Throws an `RlloomError`: kind `model` when there is no template or it is not valid,
   * kind `data` when the template refuses the conversation, kind `config` for options that exclude each other.
   */
  render(messages: readonly Message[], options: ChatTemplateOptions): RenderedChat;
}

/** Jinja text, or several by name: `default`, `tool_use`. */
export type TemplateText = string | readonly { readonly name: string; readonly template: string }[];

/** Where a chat template comes from. */
export interface ChatTemplateSource {
  readonly template: TemplateText | undefined;
  /** Variables like `eos_token`. */
  readonly specialTokens: Readonly<Record<string, string | null | undefined>>;
  /** The model folder, for errors. */
  readonly where: string;
  /** What `strftime_now` says. */
  readonly now: () => Date;
}

/** A chat template of a model folder, with what transformers offers to it. */
export function createChatTemplate({ template, specialTokens, where, now }: ChatTemplateSource): ChatTemplate {
  const templates = new Map(
    typeof template === 'string'
      ? [['default', template]]
      : (template ?? []).map((entry) => [entry.name, entry.template] as const),
  );
  const compiled = new Map<string, CompiledTemplate>();
  const compile = (text: string): CompiledTemplate => {
    const known = compiled.get(text) ?? compileTemplate(markGenerationBlocks(text), where, now);
    compiled.set(text, known);
    return known;
  };
  const special = Object.fromEntries(Object.entries(specialTokens).filter(([, value]) => value != null));

  return {
    exists: templates.size > 0,
    names: [...templates.keys()],
    render(messages, options) {
      const { addGenerationPrompt, continueFinalMessage = false, tools, variables } = options;
      checkOptions(messages, options, where);
      const text = choose(templates, options, where);
      const shown = continueFinalMessage ? withContinuation(messages) : messages;
      const marks = unusedMarks(JSON.stringify([messages, tools, variables]));
      try {
        const rendered = compile(text)({
          ...special,
          [generationMarks.start]: marks[0],
          [generationMarks.end]: marks[1],
          messages: shown.map(toTemplateMessage),
          tools: tools ?? null,
          documents: null,
          add_generation_prompt: addGenerationPrompt,
          ...variables,
        });
        const { text: whole, ranges } = takeMarks(rendered, marks);
        if (!continueFinalMessage) {
          return { text: whole, generated: hasGenerationBlocks(text) ? ranges : undefined };
        }
        return { text: cutAtContinuation(whole, messages.at(-1)?.content ?? '', where), generated: undefined };
      } catch (error) {
        if (error instanceof RlloomError) throw error;
        throw refusal(error, messages, where);
      }
    },
  };
}

function checkOptions(
  messages: readonly Message[],
  { addGenerationPrompt, continueFinalMessage = false }: ChatTemplateOptions,
  where: string,
): void {
  if (messages.length === 0) {
    throw new RlloomError('data', {
      what: 'the conversation is empty',
      where,
      fix: 'give at least one message',
    });
  }
  if (continueFinalMessage && addGenerationPrompt) {
    throw new RlloomError('config', {
      what: 'addGenerationPrompt starts a new message, and continueFinalMessage goes on with the last one',
      where,
      fix: 'set one of them',
    });
  }
  if (continueFinalMessage && messages.some(({ content }) => content.includes(continuationTag))) {
    throw new RlloomError('data', {
      what: 'a message has the text that marks where a message goes on',
      where,
      fix: `remove ${JSON.stringify(continuationTag)} from it`,
    });
  }
}

function choose(
  templates: ReadonlyMap<string, string>,
  { template, tools }: ChatTemplateOptions,
  where: string,
): string {
  // A name, or the text of a template itself.
  if (template !== undefined) return templates.get(template) ?? template;
  const text = (tools === undefined ? undefined : templates.get('tool_use')) ?? templates.get('default');
  if (text !== undefined) return text;
  if (templates.size === 0) throw missingTemplate(where);
  throw new RlloomError('model', {
    what: 'none of the chat templates is the default one',
    where,
    fix: `choose one by the option template: ${[...templates.keys()].join(', ')}`,
  });
}

function missingTemplate(where: string): RlloomError {
  return new RlloomError('model', {
    what: 'the tokenizer has no chat template',
    where,
    fix: 'use an instruction-tuned model, add chat_template.jinja to its folder, give one as loadTokenizer(folder, { chatTemplate }), or give prompts as plain text',
  });
}

function refusal(error: unknown, messages: readonly Message[], where: string): RlloomError {
  const message = error instanceof Error ? error.message : String(error);
  const roles = messages.map(({ role }) => role).join(', ');
  return new RlloomError('data', {
    what: isRefusal(error)
      ? `the chat template refuses the conversation: ${message}`
      : `the chat template fails on the conversation: ${message}`,
    where,
    fix: isRefusal(error)
      ? `check the roles and their order: ${roles}`
      : `check what the template reads of messages, tools and variables; the roles are ${roles}`,
    cause: error,
  });
}
