import type { GenerationResult, Message, StopReason, Tokenizer } from '@rlloom/spec';

/** Ends a turn: the code point of `$`. */
export const endToken = 36;

/**
 * Code points as tokens: small enough to check by eye, and a real implementation of the contract. A turn is
 * `[role]content$`, and `$` ends a generation.
 */
export const codePoints: Tokenizer = {
  vocabularySize: 0x110000,
  padTokenId: 0,
  eosTokenIds: [endToken],
  hasChatTemplate: true,
  encode: (text) => Int32Array.from([...text].map((char) => char.codePointAt(0) ?? 0)),
  decode: (tokens) => Array.from(tokens, (token) => String.fromCodePoint(token)).join(''),
  tokenText: (id) => String.fromCodePoint(id),
  renderChat: (messages, options) => messages.map(shown).join('') + (options.addGenerationPrompt ? '[assistant]' : ''),
  encodeChat: (messages, options) => codePoints.encode(codePoints.renderChat(messages, options)),
};

function shown({ role, content, toolCalls = [] }: Message): string {
  return `[${role}]${content}${toolCalls.map(({ function: call }) => call.arguments).join('')}$`;
}

/** A generation of a text, ended by the end token unless it was stopped otherwise. */
export function generationOf(text: string, stopReason: StopReason = 'eos'): GenerationResult {
  const tokens = codePoints.encode(stopReason === 'eos' ? `${text}$` : text);
  return {
    tokens,
    logProbs: new Float32Array(tokens.length).fill(-1),
    samplingLogProbs: new Float32Array(tokens.length).fill(-1),
    policyVersions: new Int32Array(tokens.length),
    stopReason,
  };
}
