import type { Tokenizer } from '@rlloom/spec';

/** Text that grows token by token. */
export interface TextStream {
  /** All text that is certain so far. */
  readonly text: string;
  /** Adds a token; the text that is certain by it, which never ends within a character. */
  push(token: number): string;
  /** What is left at the end, characters that were never completed included. */
  finish(): string;
  /** The first token that has a part in the character at `offset` of the text. */
  tokenAt(offset: number): number;
}

/**
 * The text of tokens that arrive one at a time. Joined, its pieces are what the tokenizer says of all of them; of each
 * step it decodes a few tokens only.
 */
export function textStream(tokenizer: Pick<Tokenizer, 'decode'>): TextStream {
  const tokens: number[] = [];
  const pieces: { readonly firstToken: number; readonly start: number }[] = [];
  let text = '';
  // Tokens from `context` to `pending` are out and say how those from `pending` on are decoded (spaces between words).
  let context = 0;
  let pending = 0;
  let contextText = '';
  const decode = (start: number, end = tokens.length) => tokenizer.decode(tokens.slice(start, end));
  const release = (decoded: string): string => {
    const piece = decoded.slice(contextText.length);
    if (piece !== '') pieces.push({ firstToken: pending, start: text.length });
    text += piece;
    context = pending;
    pending = tokens.length;
    contextText = decode(context);
    return piece;
  };
  return {
    get text() {
      return text;
    },
    push(token) {
      tokens.push(token);
      const decoded = decode(context);
      return decoded.endsWith(incomplete) || decoded.length <= contextText.length ? '' : release(decoded);
    },
    finish: () => (pending === tokens.length ? '' : release(decode(context))),
    tokenAt(offset) {
      const index = pieces.findLastIndex(({ start }) => start <= offset);
      const piece = pieces[index];
      if (piece === undefined) return 0;
      const before = pieces[index - 1]?.firstToken ?? 0;
      const next = pieces[index + 1]?.firstToken ?? tokens.length;
      const needed = decode(before, piece.firstToken).length + offset - piece.start;
      let last = piece.firstToken;
      while (last < next - 1 && decode(before, last + 1).length <= needed) last++;
      return last;
    },
  };
}

// What decoders put for bytes that are no character, or none yet.
const incomplete = '\uFFFD';
