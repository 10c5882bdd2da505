import { possibleStopLength } from '@rlloom/models';
import type { Tokenizer } from '@rlloom/spec';
import type { ToolCallFormat } from './tool-call-format.ts';

/** The text of an answer that is being written. */
export interface AnswerText {
  /** Takes tokens; gives the text that has become certain with them. */
  push(tokens: readonly number[]): string;
  /** All text that was given. */
  readonly given: string;
}

/** What the text of an answer depends on. */
export interface AnswerTextOptions {
  readonly tokenizer: Pick<Tokenizer, 'decodeStream' | 'eosTokenIds'>;
  readonly stop: readonly string[];
  /** Where the answer may have calls of tools. */
  readonly format: ToolCallFormat | undefined;
}

/**
 * Gives of the content of an answer what no later token changes: whole characters, nothing of what is or may become a
 * stop string or a call, no space that would be trimmed beside calls. What is held back comes with the whole answer.
 */
export function createAnswerText({ tokenizer, stop, format }: AnswerTextOptions): AnswerText {
  const plain = growingText(tokenizer, true);
  // Calls are looked for where special tokens stand in the text.
  const raw = format === undefined ? plain : growingText(tokenizer, false);
  // An end token is no part of the text when it is the last token.
  let ends: number[] = [];
  let shared = 0;
  let given = '';

  const beforeCalls = (): number => {
    if (format === undefined) return plain.text.length;
    while (shared < raw.text.length && raw.text[shared] === plain.text[shared]) shared += 1;
    const certain = Math.min(shared, format.certainLength?.(raw.text) ?? 0);
    return /^\s/u.test(plain.text) ? 0 : plain.text.slice(0, certain).trimEnd().length;
  };
  const beforeStop = (): number => {
    const found = stop.map((string) => plain.text.indexOf(string, given.length)).filter((at) => at >= 0);
    return Math.min(plain.text.length - possibleStopLength(plain.text, stop), ...found);
  };
  return {
    get given() {
      return given;
    },
    push(tokens) {
      for (const token of tokens) {
        ends.push(token);
        if (tokenizer.eosTokenIds.includes(token)) continue;
        plain.push(ends);
        if (raw !== plain) raw.push(ends);
        ends = [];
      }
      const piece = plain.text.slice(given.length, Math.min(beforeCalls(), beforeStop()));
      given += piece;
      return piece;
    },
  };
}

interface GrowingText {
  readonly text: string;
  push(tokens: readonly number[]): void;
}

function growingText(tokenizer: Pick<Tokenizer, 'decodeStream'>, skipSpecialTokens: boolean): GrowingText {
  const stream = tokenizer.decodeStream?.({ skipSpecialTokens });
  let state = stream?.start;
  let text = '';
  return {
    get text() {
      return text;
    },
    push(tokens) {
      const next = stream?.push(state, tokens);
      state = next?.state;
      text += next?.text ?? '';
    },
  };
}
