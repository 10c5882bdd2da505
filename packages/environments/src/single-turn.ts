import {
  type ChatTemplateOptions,
  type Environment,
  type Episode,
  RlloomError,
  type Task,
  taskTools,
  type Tokenizer,
} from '@rlloom/spec';

/** How a task's messages become prompt tokens. */
export type PromptFormat = 'chat' | 'plain';

/** Options of `singleTurn`. */
export interface SingleTurnOptions {
  readonly tokenizer: Tokenizer;
  /** `chat` renders the tokenizer's chat template with a generation prompt, `plain` joins the contents with newlines. Default `chat`. */
  readonly promptFormat?: PromptFormat;
  /** Longest prompt in tokens that is accepted. Default: no bound. */
  readonly maxPromptLength?: number;
}

/**
 * An environment of one prompt and one answer: the episode ends with the first generation.
 *
 * @throws RlloomError `data` from `start()` when a prompt is empty or longer than `maxPromptLength`.
 */
export function singleTurn(options: SingleTurnOptions): Environment {
  return {
    name: 'single-turn',
    createEpisode(task): Episode {
      return {
        start: async () => encodePrompt(task, options),
        step: async () => ({ done: true }),
      };
    },
  };
}

/**
 * The prompt tokens of a task: every message of it, up to the answer that is to be generated. `template` says which
 * template, which tools and which variables a chat is rendered with; without tools there, those of the record are shown.
 *
 * @returns token ids `[promptLength]`
 * @throws RlloomError `data` naming the task when the prompt is empty or too long
 */
export function encodePrompt(
  task: Task,
  options: SingleTurnOptions & { readonly template?: Pick<ChatTemplateOptions, 'template' | 'tools' | 'variables'> },
): Int32Array {
  const { tokenizer, promptFormat = 'chat', maxPromptLength = Number.POSITIVE_INFINITY, template = {} } = options;
  const tokens =
    promptFormat === 'chat'
      ? tokenizer.encodeChat(task.messages, { ...shownTools(task), ...template, addGenerationPrompt: true })
      : tokenizer.encode(task.messages.map((message) => message.content).join('\n'));
  if (tokens.length === 0) {
    throw new RlloomError('data', {
      what: 'the prompt is empty',
      where: describeTask(task),
      fix: 'remove the record or give it a message',
    });
  }
  if (tokens.length > maxPromptLength) {
    throw new RlloomError('data', {
      what: `the prompt has ${tokens.length} tokens, more than max_prompt_length ${maxPromptLength}`,
      where: describeTask(task),
      fix: 'raise rollout.max_prompt_length or remove the record',
    });
  }
  return tokens;
}

function shownTools(task: Task): Pick<ChatTemplateOptions, 'tools'> {
  const tools = taskTools(task);
  return tools === undefined ? {} : { tools };
}

function describeTask(task: Task): string {
  const place = task.source === undefined ? '' : ` (${task.source.file}:${task.source.line})`;
  return `task "${task.id}"${place}`;
}
