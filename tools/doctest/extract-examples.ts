/** A fenced TypeScript block of a doc comment or a Markdown file. */
export interface DocumentedExample {
  /** Path of the file it stands in, relative to the repository. */
  readonly file: string;
  /** 1-based line of its first line of code. */
  readonly line: number;
  readonly code: string;
}

/**
 * Finds the ```ts blocks of a source file (inside doc comments) or a Markdown file that promise a value with
 * `// =>`. Blocks without a promise are prose and stay unchecked.
 *
 * @param file path relative to the repository; `.md` is read as Markdown
 */
export function extractExamples(file: string, text: string): DocumentedExample[] {
  const markdown = file.endsWith('.md');
  const examples: DocumentedExample[] = [];
  let block: { readonly line: number; readonly lines: string[] } | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    const inComment = /^\s*\* ?(.*)$/.exec(raw);
    const line = markdown ? raw : inComment?.[1];
    if (line === undefined) {
      block = undefined;
    } else if (block !== undefined && /^\s*```\s*$/.test(line)) {
      const code = block.lines.join('\n');
      if (code.includes('// =>')) examples.push({ file, line: block.line, code });
      block = undefined;
    } else if (block !== undefined) {
      block.lines.push(line);
    } else if (/^\s*```ts\s*$/.test(line)) {
      block = { line: index + 2, lines: [] };
    }
  }
  return examples;
}
