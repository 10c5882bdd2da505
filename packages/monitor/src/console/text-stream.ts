/** Where text goes: `process.stderr`, or a collector in a test. */
export interface TextStream {
  /** Adds text as it is; newlines are part of it. */
  write(text: string): unknown;
  /** A terminal, where lines may be rewritten. */
  readonly isTTY?: boolean;
  /** Width of the terminal. */
  readonly columns?: number;
}
