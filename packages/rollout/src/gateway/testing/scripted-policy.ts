import { setImmediate as nextTurn } from 'node:timers/promises';
import type { GenerationRequest, GenerationResult, Message, RolloutEngine, StopReason, Tokenizer } from '@rlloom/spec';

/** Ends a turn: the code point of `$`. */
const endToken = 36;
/** One token for `12`, which a policy may also write as two. */
export const pairToken = 0x110000;

/**
 * Code points as tokens, and one for `12`: a text has other tokens than a policy may have sampled. A turn is
 * `[role]content$`; calls are `<tool_call>…</tool_call>`, their JSON written with spaces. Answers are trimmed.
 */
export const pairTokenizer: Tokenizer = {
  vocabularySize: pairToken + 1,
  padTokenId: 0,
  eosTokenIds: [endToken],
  hasChatTemplate: true,
  encode: (text) =>
    Int32Array.from(text.match(/12|[\s\S]/gu) ?? [], (part) => (part === '12' ? pairToken : part.codePointAt(0)!)),
  decode: (tokens, { skipSpecialTokens = false } = {}) =>
    Array.from(tokens, (token) => (token === endToken && skipSpecialTokens ? '' : textOf(token))).join(''),
  decodeStream: (options) => ({
    start: undefined,
    push: (state, tokens) => ({ state, text: pairTokenizer.decode(tokens, options) }),
    end: () => '',
  }),
  tokenText: textOf,
  renderChat: (messages, { addGenerationPrompt, tools = [] }) =>
    `${tools.length > 0 ? `[tools]${JSON.stringify(tools)}$` : ''}${messages.map(shown).join('')}${addGenerationPrompt ? '[assistant]' : ''}`,
  encodeChat: (messages, options) => pairTokenizer.encode(pairTokenizer.renderChat(messages, options)),
};

function textOf(token: number): string {
  return token === pairToken ? '12' : String.fromCodePoint(token);
}

function shown({ role, content, toolCalls = [] }: Message): string {
  const calls = toolCalls.map(
    ({ function: { name, arguments: given } }) =>
      `<tool_call>{"name": "${name}", "arguments": ${given.replace(/([:,])(?=\S)/gu, '$1 ')}}</tool_call>`,
  );
  return `[${role}]${role === 'assistant' ? content.trim() : content}${calls.join('')}$`;
}

/** What a scripted policy writes: a text, ended by the end token unless it says otherwise. */
export type Script = (
  prompt: string,
  request: GenerationRequest,
  signal: AbortSignal | undefined,
) => string | { readonly text: string; readonly stopReason: StopReason } | Promise<string>;

/** How a scripted engine tells of what it writes. */
export interface ScriptedStream {
  /** Called before each token, with the text so far; it may wait. */
  readonly beforeToken?: (written: string, request: GenerationRequest) => Promise<void> | void;
}

/**
 * An engine that writes what a script says, a token per character, and remembers what it was asked. With `stream` it
 * tells of each token.
 */
export function scriptedEngine(
  script: Script,
  stream?: ScriptedStream,
): RolloutEngine & { readonly requests: GenerationRequest[] } {
  const requests: GenerationRequest[] = [];
  let version = 0;
  return {
    requests,
    capabilities: {
      name: 'scripted',
      logProbs: 'exact',
      weightUpdate: 'shared',
      maxSequenceLength: 2000,
      seeded: true,
      stopStrings: true,
      streams: stream !== undefined,
    },
    generate: (asked, { signal, onTokens } = {}) =>
      Promise.all(
        asked.map(async (request, index): Promise<GenerationResult> => {
          requests.push(request);
          const written = await script(pairTokenizer.decode(request.promptTokens), request, signal);
          if (signal?.aborted === true) return resultOf('', { version, stopReason: 'abort' });
          const { text, stopReason } =
            typeof written === 'string' ? { text: `${written}$`, stopReason: 'eos' as const } : written;
          const result = resultOf(text, { version, stopReason });
          if (stream === undefined) return result;
          const isAborted = (): boolean => signal?.aborted === true;
          for (const [place, token] of result.tokens.entries()) {
            await nextTurn();
            const before = pairTokenizer.decode(result.tokens.subarray(0, place));
            await stream.beforeToken?.(before, request);
            if (isAborted()) return resultOf(before, { version, stopReason: 'abort' });
            onTokens?.(index, { tokens: [token], logProbs: [result.logProbs[place]!] });
          }
          return result;
        }),
      ),
    async updateWeights(source) {
      version = source.version;
    },
    pause: async () => undefined,
    resume: async () => undefined,
    close: async () => undefined,
  };
}

function resultOf(
  text: string,
  { version, stopReason }: { readonly version: number; readonly stopReason: StopReason },
): GenerationResult {
  const tokens = Int32Array.from([...text], (character) => character.codePointAt(0)!);
  return {
    tokens,
    logProbs: Float32Array.from(tokens, (_, index) => -(index + 1) / 8),
    samplingLogProbs: Float32Array.from(tokens, () => 0),
    policyVersions: new Int32Array(tokens.length).fill(version),
    stopReason,
  };
}
