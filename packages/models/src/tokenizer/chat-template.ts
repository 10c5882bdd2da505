import { Template } from '@huggingface/jinja';
import { type ChatTemplateOptions, type Message, RlloomError } from '@rlloom/spec';

/** A chat template that is compiled when it is first used. */
export interface ChatTemplate {
  readonly exists: boolean;
  /**
   * The rendered conversation. Throws an `RlloomError`: kind `model` when there is no template or it is not valid,
   * kind `data` when the template refuses the conversation.
   */
  render(messages: readonly Message[], options: ChatTemplateOptions): string;
}

/** Where a chat template comes from. */
export interface ChatTemplateSource {
  /** Jinja text, or several by name: `default`, `tool_use`. */
  readonly template: string | readonly { readonly name: string; readonly template: string }[] | undefined;
  /** Variables like `eos_token`. */
  readonly specialTokens: Readonly<Record<string, string | null | undefined>>;
  /** The model folder, for errors. */
  readonly where: string;
}

/** A chat template of a model folder, with what transformers offers to it. */
export function createChatTemplate({ template, specialTokens, where }: ChatTemplateSource): ChatTemplate {
  const compiled = new Map<string, Template>();
  const compile = (text: string): Template => {
    const known = compiled.get(text) ?? parse(text, where);
    compiled.set(text, known);
    return known;
  };
  return {
    exists: template !== undefined,
    render(messages, { addGenerationPrompt, tools, variables }) {
      const text = typeof template === 'string' ? template : choose(template ?? [], tools !== undefined);
      if (text === undefined) throw missingTemplate(where);
      try {
        return compile(text).render({
          ...Object.fromEntries(Object.entries(specialTokens).filter(([, value]) => value != null)),
          messages: messages.map(toTemplateMessage),
          tools: tools ?? null,
          add_generation_prompt: addGenerationPrompt,
          ...variables,
        });
      } catch (error) {
        if (error instanceof RlloomError) throw error;
        throw new RlloomError('data', {
          what: `the chat template refuses the conversation: ${error instanceof Error ? error.message : String(error)}`,
          where,
          fix: `check the roles and their order: ${messages.map(({ role }) => role).join(', ')}`,
          cause: error,
        });
      }
    },
  };
}

function parse(text: string, where: string): Template {
  try {
    return new Template(text);
  } catch (error) {
    throw new RlloomError('model', {
      what: `the chat template is not valid Jinja: ${error instanceof Error ? error.message : String(error)}`,
      where,
      fix: 'correct chat_template.jinja, or chat_template in tokenizer_config.json',
      cause: error,
    });
  }
}

function choose(
  templates: readonly { readonly name: string; readonly template: string }[],
  hasTools: boolean,
): string | undefined {
  const named = (name: string) => templates.find((entry) => entry.name === name)?.template;
  return (hasTools ? named('tool_use') : undefined) ?? named('default');
}

// Templates know the keys of the Hugging Face format, and arguments as objects.
function toTemplateMessage({ role, content, name, toolCalls, toolCallId }: Message): Record<string, unknown> {
  return {
    role,
    content,
    ...(name === undefined ? {} : { name }),
    ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
    ...(toolCalls === undefined
      ? {}
      : {
          tool_calls: toolCalls.map((call) => ({
            ...call,
            function: { ...call.function, arguments: parsed(call.function.arguments) },
          })),
        }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The model wrote something else: the template shows it as it is.
    return text;
  }
}

function missingTemplate(where: string): RlloomError {
  return new RlloomError('model', {
    what: 'the tokenizer has no chat template',
    where,
    fix: 'use an instruction-tuned model, add chat_template.jinja to its folder, or give prompts as plain text',
  });
}
