/** A call that could be read. */
export interface ReadCall {
  readonly name: string;
  /** JSON of the arguments, an object. */
  readonly arguments: string;
}

/** A call that could not be read. */
export interface MalformedCall {
  /** What is wrong, in words a model can act on. */
  readonly problem: string;
}

/** What a turn of the policy says. */
export interface ParsedTurn {
  /** The text beside the calls, trimmed; malformed calls stay in it. */
  readonly content: string;
  /** In the order they were written. */
  readonly calls: readonly (ReadCall | MalformedCall)[];
}

/** How a family of models writes calls of tools. */
export interface ToolFormat {
  readonly name: string;
  /** Reads a turn: the decoded text with special tokens, without the end token. Never throws. */
  parse(text: string): ParsedTurn;
  /**
   * Of a turn that is being written: how many of its first characters are text beside calls, however it goes on, but for
   * space around them. What streams a turn sends no more than these. Default: none are, until the turn has ended.
   */
  certainLength?(text: string): number;
  /** A turn as the model would write it; `parse` of it gives the same. For demonstrations and tests. */
  render(turn: { readonly content: string; readonly calls: readonly ReadCall[] }): string;
}

/** Whether a call could not be read. */
export function isMalformed(call: ReadCall | MalformedCall): call is MalformedCall {
  return 'problem' in call;
}

/** The characters of a text before a mark, or before what may become one at its end. */
export function lengthBefore(text: string, mark: string): number {
  const at = text.indexOf(mark);
  if (at >= 0) return at;
  let begun = Math.min(mark.length - 1, text.length);
  while (!text.endsWith(mark.slice(0, begun))) begun--;
  return text.length - begun;
}
