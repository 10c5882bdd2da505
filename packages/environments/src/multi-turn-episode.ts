import { setMaxListeners } from 'node:events';
import {
  deriveSeed,
  type Episode,
  type EpisodeStep,
  type GenerationResult,
  type Interaction,
  type InteractionSession,
  type Message,
  type Task,
  type Tokenizer,
  type Tool,
  type ToolCall,
} from '@rlloom/spec';
import type { ObservationEncoder, TemplateOptions } from './conversation/observation-encoder.ts';
import { encodePrompt, type PromptFormat } from './single-turn.ts';
import { isMalformed, type ParsedTurn, type ToolFormat } from './tool-formats/tool-format.ts';
import { createToolBox, type ToolBox, type ToolLimits } from './tools/tool-box.ts';
import { interactionKwargsOf } from './tools/tool-kwargs.ts';
import { withinDeadline } from './within-deadline.ts';

/** What all episodes of an environment share. */
export interface MultiTurnSettings {
  readonly tokenizer: Tokenizer;
  readonly promptFormat: PromptFormat;
  readonly tools: readonly Tool[];
  readonly interaction: Interaction | undefined;
  readonly template: TemplateOptions;
  readonly encoder: ObservationEncoder;
  readonly format: ToolFormat;
  readonly maxAssistantTurns: number;
  readonly maxUserTurns: number;
  readonly maxPromptLength: number;
  readonly maxTokens: number;
  readonly minTurnTokens: number;
  readonly interactionTimeoutMs: number;
  readonly toolLimits: ToolLimits;
}

/** One episode of `multiTurn`. */
export function createMultiTurnEpisode(
  settings: MultiTurnSettings,
  { task, seed }: { readonly task: Task; readonly seed: number },
): Episode {
  return new MultiTurnEpisode(settings, task, seed);
}

type Reply =
  | { readonly messages: readonly Message[]; readonly score: number | null }
  | { readonly end: Ending; readonly score: number | null };

type Ending = Pick<EpisodeStep & { readonly done: true }, 'stopReason' | 'reason'>;

/** Owns the tools and the interaction of one episode. */
class MultiTurnEpisode implements Episode {
  readonly #settings: MultiTurnSettings;
  readonly #task: Task;
  readonly #seed: number;
  readonly #closing = new AbortController();
  readonly #tools: ToolBox;
  readonly #messages: Message[] = [];
  readonly #metrics: Record<string, number> = {};
  #prompt: readonly Message[];
  #session: InteractionSession | undefined;
  #assistantTurns = 0;
  #userTurns = 0;
  #calls = 0;
  #scored = false;
  #tokens = 0;
  #closed: Promise<void> | undefined;

  constructor(settings: MultiTurnSettings, task: Task, seed: number) {
    this.#settings = settings;
    this.#task = task;
    this.#seed = seed;
    this.#prompt = task.messages;
    setMaxListeners(0, this.#closing.signal);
    const { tools, toolLimits: limits } = settings;
    this.#tools = createToolBox({ tools, task, seed, limits, signal: this.#closing.signal });
  }

  async start(): Promise<Int32Array> {
    const { interaction, maxPromptLength, template, tokenizer, promptFormat } = this.#settings;
    if (interaction !== undefined) {
      this.#session = await this.#inTime((signal) => {
        const starting = interaction.start({
          ...{ task: this.#task, kwargs: interactionKwargsOf(this.#task), signal },
          seed: deriveSeed(this.#seed, 'interaction'),
        });
        // One that comes too late has nobody else who would end it.
        void starting.then((late) => (signal.aborted ? late.finalize?.() : undefined)).catch(() => undefined);
        return starting;
      });
      this.#prompt = [...this.#task.messages, ...(this.#session.opening ?? [])];
    }
    return encodePrompt(
      { ...this.#task, messages: this.#prompt },
      { tokenizer, promptFormat, maxPromptLength, template },
    );
  }

  maxNewTokens(): number {
    return Math.max(1, this.#settings.maxTokens - this.#tokens);
  }

  async step(generation: GenerationResult): Promise<EpisodeStep> {
    this.#tokens += generation.tokens.length;
    this.#assistantTurns += 1;
    const turn = this.#read(generation.tokens);
    const reply = await this.#reply(turn);
    if ('end' in reply) return this.#end(reply.score, reply.end);
    const observationTokens = this.#settings.encoder.encode(generation.tokens, reply.messages);
    const { maxTokens, minTurnTokens } = this.#settings;
    if (this.#tokens + observationTokens.length + minTurnTokens > maxTokens) {
      const reason = `the next observation of ${observationTokens.length} tokens does not fit: ${this.#tokens} of ${maxTokens} are spent`;
      return this.#end(reply.score, { stopReason: 'length', reason });
    }
    if (reply.score !== null) this.#scored = true;
    this.#messages.push(...reply.messages);
    this.#tokens += observationTokens.length;
    return { done: false, observationTokens, ...(reply.score !== null && { score: reply.score }) };
  }

  conversation(): readonly Message[] {
    return [...this.#messages];
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      this.#closing.abort(new Error('the episode is closed'));
      await this.#tools.release();
      const session = this.#session;
      await withinDeadline(this.#settings.interactionTimeoutMs, new AbortController().signal, () =>
        Promise.resolve(session?.finalize?.()),
      ).catch(() => undefined);
    })();
    return this.#closed;
  }

  // What the policy wrote, as a message; calls only where there are tools.
  #read(tokens: Int32Array): ParsedTurn & { readonly toolCalls: readonly ToolCall[] } {
    const { tokenizer, tools, format } = this.#settings;
    const isEnded = tokenizer.eosTokenIds.includes(tokens.at(-1) ?? -1);
    const text = tokenizer.decode(isEnded ? tokens.subarray(0, -1) : tokens);
    const turn: ParsedTurn = tools.length === 0 ? { content: text, calls: [] } : format.parse(text);
    const toolCalls = turn.calls.flatMap((call): ToolCall[] =>
      isMalformed(call) ? [] : [{ id: this.#nextId(), type: 'function', function: call }],
    );
    this.#messages.push({ role: 'assistant', content: turn.content, ...(toolCalls.length > 0 && { toolCalls }) });
    return { ...turn, toolCalls };
  }

  async #reply(turn: ParsedTurn & { readonly toolCalls: readonly ToolCall[] }): Promise<Reply> {
    const { maxAssistantTurns, interaction } = this.#settings;
    const isLast = this.#assistantTurns >= maxAssistantTurns;
    const spent: Ending = { stopReason: 'environment', reason: `max_assistant_turns ${maxAssistantTurns} is reached` };
    if (turn.calls.length > 0) return isLast ? { end: spent, score: null } : this.#answerCalls(turn);
    if (interaction === undefined) return { end: {}, score: null };
    return this.#interact(isLast ? spent : undefined);
  }

  async #answerCalls({ calls, toolCalls }: ParsedTurn & { readonly toolCalls: readonly ToolCall[] }): Promise<Reply> {
    const answers = await this.#tools.run(toolCalls);
    const given = answers.messages.values();
    const messages = calls.map((call): Message => {
      if (!isMalformed(call)) return given.next().value as Message;
      this.#add('malformed_calls', 1);
      return { role: 'tool', content: `Error: ${call.problem}`, name: 'error', toolCallId: this.#nextId() };
    });
    return { messages, score: answers.score };
  }

  async #interact(spent: Ending | undefined): Promise<Reply> {
    const { maxUserTurns } = this.#settings;
    const messages = [...this.#prompt, ...this.#messages];
    const response = await this.#inTime(
      async (signal) => (await this.#session?.generateResponse(messages, { signal })) ?? { done: true, reply: '' },
    );
    for (const [name, value] of Object.entries(response.metrics ?? {})) this.#metrics[name] = value;
    const score = response.score ?? null;
    if (response.done) return { end: { stopReason: 'environment', reason: 'the interaction is over' }, score };
    if (spent !== undefined) return { end: spent, score };
    if (this.#userTurns >= maxUserTurns) {
      return { end: { stopReason: 'environment', reason: `max_user_turns ${maxUserTurns} is reached` }, score };
    }
    this.#userTurns += 1;
    return { messages: [{ role: 'user', content: response.reply }], score };
  }

  async #end(turnScore: number | null, ending: Ending): Promise<EpisodeStep> {
    const session = this.#session;
    const whole = await this.#inTime(async (signal) => (await session?.calculateScore?.({ signal })) ?? null);
    if (turnScore !== null) this.#scored = true;
    // The score of the whole is that of the last turn where no turn was scored.
    const score = turnScore ?? (this.#scored ? null : whole);
    return {
      done: true,
      ...ending,
      ...(score !== null && { score }),
      metrics: {
        ...this.#metrics,
        ...(this.#settings.tools.length > 0 && (await this.#tools.metrics())),
        ...(whole !== null && { interaction_score: whole }),
        assistant_turns: this.#assistantTurns,
        user_turns: this.#userTurns,
      },
    };
  }

  #inTime<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    return withinDeadline(this.#settings.interactionTimeoutMs, this.#closing.signal, work);
  }

  #add(name: string, value: number): void {
    this.#metrics[name] = (this.#metrics[name] ?? 0) + value;
  }

  // Nine letters and digits, as Mistral's template wants them.
  #nextId(): string {
    this.#calls += 1;
    return `call${String(this.#calls).padStart(5, '0')}`;
  }
}
