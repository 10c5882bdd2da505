/** Reads the calls of tools in what a model wrote. The formats of `@rlloom/environments` are such. */
export interface ToolCallFormat {
  readonly name: string;
  /** Reads a turn: the text with special tokens, without the end token. Never throws. */
  parse(text: string): {
    readonly content: string;
    readonly calls: readonly ({ readonly name: string; readonly arguments: string } | { readonly problem: string })[];
  };
  /**
   * Of a turn that is being written: how many of its first characters are text beside calls, however it goes on, but for
   * space around them. They are streamed at once. Default: answers that may have calls are sent when they are whole.
   */
  certainLength?(text: string): number;
}
