import type { CodeLanguage } from './code-sandbox-defaults.ts';

/** Which piece of a response is its code. */
export interface CodeChoice {
  /** Among code blocks of the right language: the last, the first, or the one with the most characters. */
  readonly choose: 'last' | 'first' | 'longest';
  /** A response without a code block: all of it is code, or none. */
  readonly unfenced: 'take' | 'refuse';
  /** Only text after its last occurrence counts; `null` = all text. */
  readonly reasoningDelimiter: string | null;
}

/** Code found in a response. */
export interface ExtractedCode {
  readonly code: string;
  /** What the block says it is; `undefined` without a tag, or one that names no language known here. */
  readonly language: CodeLanguage | undefined;
  /** Whether it stood in a code block. */
  readonly fenced: boolean;
}

const languageOfTag: Readonly<Record<string, CodeLanguage>> = {
  python: 'python',
  py: 'python',
  python3: 'python',
  py3: 'python',
  javascript: 'javascript',
  js: 'javascript',
  node: 'javascript',
  nodejs: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  typescript: 'typescript',
  ts: 'typescript',
};

/** Only the end of a response is searched. */
const searchedCharacters = 200_000;

/**
 * The code of a response. Code blocks stand between lines of three or more backticks or tildes; one that is never
 * closed goes to the end. Blocks tagged with a wanted language come before blocks without a tag; blocks with another
 * tag (a shell session, expected output) are no candidates. `undefined` when there is none.
 *
 * @param wanted the language of the task; `undefined` = any
 * @example
 * ~~~ts
 * extractCode('First\n```python\nx = 1\n```\nRun:\n```\n1\n```', 'python', {
 *   choose: 'last',
 *   unfenced: 'take',
 *   reasoningDelimiter: null,
 * })?.code; // => 'x = 1\n'
 * ~~~
 */
export function extractCode(
  response: string,
  wanted: CodeLanguage | undefined,
  { choose, unfenced, reasoningDelimiter }: CodeChoice,
): ExtractedCode | undefined {
  let text = response.slice(-searchedCharacters);
  if (reasoningDelimiter !== null) {
    const at = text.lastIndexOf(reasoningDelimiter);
    if (at === -1) return undefined;
    text = text.slice(at + reasoningDelimiter.length);
  }
  const blocks = codeBlocks(text);
  if (blocks.length === 0) {
    if (unfenced === 'refuse' || text.trim() === '') return undefined;
    return { code: text, language: undefined, fenced: false };
  }
  const accepted: readonly (CodeLanguage | undefined)[] = wanted === 'typescript' ? [wanted, 'javascript'] : [wanted];
  const named = blocks.filter(({ language }) =>
    wanted === undefined ? language !== undefined : accepted.includes(language),
  );
  const candidates = named.length > 0 ? named : blocks.filter(({ tag }) => tag === '');
  const found = pick(candidates, choose);
  return found === undefined ? undefined : { code: found.code, language: found.language, fenced: true };
}

interface CodeBlock {
  readonly tag: string;
  readonly language: CodeLanguage | undefined;
  readonly code: string;
}

function pick(blocks: readonly CodeBlock[], choose: CodeChoice['choose']): CodeBlock | undefined {
  if (choose === 'first') return blocks[0];
  if (choose === 'last') return blocks.at(-1);
  return blocks.reduce<CodeBlock | undefined>(
    (best, block) => (best === undefined || block.code.trim().length > best.code.trim().length ? block : best),
    undefined,
  );
}

function codeBlocks(text: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { readonly fence: string; readonly indent: number; readonly tag: string; lines: string[] } | undefined;
  const close = (): void => {
    if (open === undefined) return;
    const { tag, lines } = open;
    blocks.push({ tag, language: languageOfTag[tag], code: lines.map((line) => `${line}\n`).join('') });
    open = undefined;
  };
  for (const line of text.split(/\r?\n/)) {
    const match = /^([ \t]*)(`{3,}|~{3,})([^`]*)$/.exec(line);
    if (open === undefined) {
      if (match === null) continue;
      const tag = (/^\s*\{?\.?([\w+#-]+)/.exec(match[3]!)?.[1] ?? '').toLowerCase();
      open = { fence: match[2]!, indent: match[1]!.length, tag, lines: [] };
    } else if (match !== null && match[3]!.trim() === '' && match[2]!.startsWith(open.fence)) close();
    else open.lines.push(withoutIndent(line, open.indent));
  }
  close();
  return blocks.filter(({ code }) => code.trim() !== '');
}

/** A block inside a list item is indented as a whole. */
function withoutIndent(line: string, indent: number): string {
  const spaces = /^[ \t]*/.exec(line)![0].length;
  return line.slice(Math.min(spaces, indent));
}
