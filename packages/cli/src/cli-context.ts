/** Where text goes: `process.stdout`, `process.stderr`, or a collector in a test. */
export interface TextSink {
  /** Adds text as it is; newlines are part of it. */
  write(text: string): unknown;
  /** A terminal, where a line may be rewritten. */
  readonly isTTY?: boolean;
  /** Width of the terminal. */
  readonly columns?: number;
}

/** Everything a command knows of the process it runs in; commands touch `process` nowhere else. */
export interface CliContext {
  /** Results. */
  readonly stdout: TextSink;
  /** Progress, warnings and errors. */
  readonly stderr: TextSink;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths start here. */
  readonly workingDirectory: string;
  /** Aborts at the first interrupt: stop at the next safe point and keep what is done. */
  readonly signal: AbortSignal;
}

/** Writes lines, each ended by a newline. */
export function writeLines(sink: TextSink, lines: readonly string[]): void {
  if (lines.length > 0) sink.write(`${lines.join('\n')}\n`);
}
