import type { CodeLanguage, CodeSandboxConfig } from './code-sandbox-defaults.ts';
import type { CodeTask } from './code-task.ts';
import type { ExtractedCode } from './extract-code.ts';

/** The whole program of a response. */
export interface BuiltProgram {
  readonly code: string;
  readonly language: CodeLanguage;
  /** The function the tests call, where it is known. */
  readonly entryPoint: string | undefined;
}

/**
 * Joins the code of a response with the code it was asked to continue. A block that defines the function asked for is a
 * program, before which only the imports and helpers of the prompt stand; a body without its head continues the prompt.
 * A continuation ends where the convention of its data set ends it (HumanEval: at the next line that begins with
 * `class`, `def`, `#`, `if`, `print`; MultiPL-E for JavaScript: `function`, `/*`, `//`, `console.log`), and gets the
 * indentation of its first line back where it was trimmed away.
 */
export function buildProgram(extracted: ExtractedCode, task: CodeTask, config: CodeSandboxConfig): BuiltProgram {
  const language = languageOf(extracted, task, config);
  const entryPoint = task.entryPoint ?? entryOf(task, language);
  const { code } = extracted;
  const { prompt } = task;
  const made = (text: string): BuiltProgram => ({ code: text, language, entryPoint });
  if (prompt === '') return made(code);
  const continues =
    config.program === 'completion' ||
    (config.program === 'auto' &&
      (entryPoint === undefined || !defines(code, entryPoint, language)) &&
      isBody(extracted));
  if (!continues) return made(`${headOf(prompt, entryPoint, language)}${code}`);
  const body = cutContinuation(code, language);
  const text = language === 'python' ? withFirstIndent(body) : body;
  return made(prompt.endsWith('\n') || text.startsWith('\n') ? `${prompt}${text}` : `${prompt}\n${text}`);
}

function languageOf(extracted: ExtractedCode, task: CodeTask, config: CodeSandboxConfig): CodeLanguage {
  if (config.language !== 'auto') return config.language;
  const said = task.language ?? extracted.language ?? 'python';
  // TypeScript tests and JavaScript code go together, and the other way round.
  return said === 'javascript' && extracted.language === 'typescript' ? 'typescript' : said;
}

/** MultiPL-E names the function only in its tests. */
function entryOf({ tests }: CodeTask, language: CodeLanguage): string | undefined {
  if (tests.kind !== 'assert' || language === 'python') return undefined;
  return /\blet candidate = ([\w$]+);/.exec(tests.tests.join('\n'))?.[1];
}

function defines(code: string, name: string, language: CodeLanguage): boolean {
  const word = name.replace(/[$]/g, '\\$');
  const pattern =
    language === 'python'
      ? `^(?:(?:async\\s+)?def|class)\\s+${word}\\b|^${word}\\s*(?::[^=\\n]*)?=`
      : `(?:function\\s*\\*?|class|const|let|var)\\s+${word}\\b`;
  return new RegExp(pattern, 'm').test(code);
}

/** Code without a block is a body too: models that complete write nothing else. */
function isBody({ code, fenced }: ExtractedCode): boolean {
  return (
    !fenced ||
    /^[ \t]+\S/.test(code.replace(/^\s*\n/, '')) ||
    !/^(?:def|class|import|from|function|const)\b/m.test(code)
  );
}

/** What of a prompt stands before the function it asks for. */
function headOf(prompt: string, entryPoint: string | undefined, language: CodeLanguage): string {
  if (language !== 'python' || entryPoint === undefined) return '';
  const at = prompt.search(new RegExp(`^(?:async\\s+)?def\\s+${entryPoint}\\b`, 'm'));
  return at <= 0 ? '' : prompt.slice(0, at);
}

function cutContinuation(code: string, language: CodeLanguage): string {
  const end = language === 'python' ? /\n(?=class|def|#|if|print)/ : /\n(?=function |\/\*|\/\/|console\.log)/;
  const at = code.search(end);
  return at === -1 ? code : code.slice(0, at + 1);
}

function withFirstIndent(body: string): string {
  return /^[^\s#]/.test(body) ? `    ${body}` : body;
}
