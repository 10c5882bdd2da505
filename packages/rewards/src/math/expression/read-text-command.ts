import { letterMeaning } from './read-word.ts';
import { followsValue, type Scanner } from './scanner.ts';
import type { Meaning } from './spelling.ts';
import { meaningOfWord } from './word.ts';

const textCommands = new Set([
  '\\text',
  '\\textbf',
  '\\textit',
  '\\textrm',
  '\\textnormal',
  '\\textsf',
  '\\texttt',
  '\\textup',
  '\\mbox',
  '\\hbox',
  '\\emph',
]);
const fontCommands = new Set([
  '\\mathrm',
  '\\mathbf',
  '\\mathit',
  '\\mathsf',
  '\\mathtt',
  '\\mathnormal',
  '\\boldsymbol',
  '\\bm',
  '\\mathop',
  '\\mathord',
  '\\operatorname',
  '\\pmb',
  '\\unit',
  '\\si',
  '\\underbrace',
  '\\underline',
]);

const group = /\s{0,4}\*?\s{0,4}\{/y;
const variable = /\\variable\s?\{([\w\\ ,]{1,40}(?:\{[\w\\ ,]{0,40}\})?)\}/y;

/** Reads `\text{...}`, `\mathrm{...}`, `\operatorname{...}` and the like; whether `command` was one of them. */
export function readTextCommand(scanner: Scanner, command: string): boolean {
  if (command === '\\variable') return readVariable(scanner);
  const isText = textCommands.has(command);
  if (!isText && !fontCommands.has(command)) return false;
  const { source, position } = scanner;
  group.lastIndex = position + command.length;
  const open = group.exec(source)?.[0].length;
  const start = position + command.length + (open ?? 0);
  const end = open === undefined ? undefined : closing(source, start);
  const content = end === undefined ? undefined : source.slice(start, end);
  const meaning = content === undefined ? undefined : meaningOfText(scanner, { content, isText, end: end! });
  if (meaning === undefined || end === undefined) {
    // What is in it reads as any formula.
    scanner.position += command.length;
    if (open !== undefined && source[scanner.position] === '*') scanner.position++;
    return true;
  }
  if (meaning !== 'nothing') {
    const [type, text] = meaning;
    scanner.tokens.push({ type, text, start: position, end: end + 1, spaced: scanner.spaced, upright: true });
  }
  scanner.position = end + 1;
  scanner.spaced = meaning === 'nothing';
  return true;
}

/** Longest text that is looked at. */
const longest = 500;

function closing(source: string, start: number): number | undefined {
  let depth = 1;
  for (let index = start; index < source.length && index < start + longest; index++) {
    const character = source[index];
    if (character === '\\') index++;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return index;
  }
  return undefined;
}

interface Content {
  readonly content: string;
  readonly isText: boolean;
  readonly end: number;
}

function meaningOfText(scanner: Scanner, { content, isText, end }: Content): Meaning | 'nothing' | undefined {
  const padded = content.replace(/\\[ ,;:!]|[~$]|\s+/g, ' ');
  const text = padded.trim();
  if (text === '' || text === ',') return text === '' ? 'nothing' : [',', ','];
  const bare = /^\(([A-Za-z])\)$/.exec(text)?.[1] ?? text;
  if (bare.length === 1 && /[A-Za-z]/.test(bare)) {
    const isUnit =
      followsValue(scanner) && (padded.startsWith(' ') || isText || scanner.spaced) && !'eid'.includes(bare);
    return isUnit ? ['text', bare] : letterMeaning(bare);
  }
  const lower = text.toLowerCase();
  const word = meaningOfWord(text) ?? (isText ? meaningOfWord(lower) : undefined);
  if (word !== undefined && (!isText || !needsArgument(word) || opensArgument(scanner.source, end + 1))) return word;
  if (/^(?:,? ?(?:and|or),?|and\/or)$/.test(lower)) return lower.includes('and') ? ['and', 'and'] : ['or', 'or'];
  if (!isText && /^[A-Za-z]+$/.test(text) && opensArgument(scanner.source, end + 1)) return ['function', text];
  if (isText || /^[A-Za-z][A-Za-z ./-]+$/.test(text))
    return /^[-\d\s.,+*/^()]+$/.test(text) ? undefined : ['text', text];
  return undefined;
}

function needsArgument([type]: Meaning): boolean {
  return type === 'function' || type === 'sqrt' || type === 'cbrt' || type === 'log' || type === 'mod';
}

function opensArgument(source: string, position: number): boolean {
  return /^\s{0,4}(?:\\m?left\s{0,4})?[({_^]/.test(source.slice(position, position + 16));
}

function readVariable(scanner: Scanner): boolean {
  const { source, position, spaced } = scanner;
  variable.lastIndex = position;
  const match = variable.exec(source);
  if (match === null) return false;
  const text = match[1]!.trim().replace(/_\{(.)\}$/, '_$1');
  scanner.position += match[0].length;
  scanner.tokens.push({ type: 'name', text, start: position, end: scanner.position, spaced });
  scanner.spaced = false;
  return true;
}
