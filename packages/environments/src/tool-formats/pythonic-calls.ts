import { shorten } from './read-call.ts';
import type { MalformedCall, ReadCall } from './tool-format.ts';

/**
 * Calls as Python writes them: `[add(a=1, b=2.5), say(text="hi", loud=True)]`, with or without the brackets around them.
 * Values are literals: strings, numbers, `True`, `False`, `None`, lists and dictionaries. Arguments are named, as a
 * schema needs. `undefined` when the text does not begin like a call.
 */
export function readPythonicCalls(text: string): readonly (ReadCall | MalformedCall)[] | undefined {
  const trimmed = text.trim();
  if (!/^\[?\s*[A-Za-z_][\w.]*\s*\(/u.test(trimmed)) return undefined;
  try {
    return new PythonicReader(trimmed).calls();
  } catch (error) {
    return [{ problem: `${error instanceof Error ? error.message : 'unreadable'}: ${shorten(trimmed)}` }];
  }
}

/** Deepest nesting of lists and dictionaries that is read. */
const maxDepth = 64;

/** Holds the place in the text. */
class PythonicReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  calls(): ReadCall[] {
    const isList = this.#take('[');
    const calls: ReadCall[] = [];
    do {
      if (isList && this.#peek() === ']') break;
      calls.push(this.#call());
    } while (this.#take(',') || this.#take(';'));
    if (isList) this.#need(']');
    if (this.#peek() !== '') throw new Error('there is text behind the calls');
    return calls;
  }

  #call(): ReadCall {
    const name = this.#match(/[A-Za-z_][\w.]*/uy, 'a name');
    this.#need('(');
    const given = new Map<string, unknown>();
    while (this.#peek() !== ')') {
      const key = this.#match(/[A-Za-z_]\w*(?=\s*=)/uy, 'a named argument, name=value');
      this.#need('=');
      given.set(key, this.#value(0));
      if (!this.#take(',')) break;
    }
    this.#need(')');
    return { name, arguments: JSON.stringify(Object.fromEntries(given)) };
  }

  #value(depth: number): unknown {
    if (depth > maxDepth) throw new Error('the arguments are nested too deeply');
    const char = this.#peek();
    if (char === '"' || char === "'") return this.#string();
    if (char === '[' || char === '(') return this.#list(depth);
    if (char === '{') return this.#dictionary(depth);
    const word = this.#match(/[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:e[-+]?\d+)?|[A-Za-z]+/iuy, 'a value');
    const constant = constants.get(word);
    if (constant !== undefined) return constant.value;
    const number = Number(word.replaceAll('_', ''));
    if (!Number.isFinite(number)) throw new Error(`${word} is no value`);
    return number;
  }

  #list(depth: number): unknown[] {
    const close = this.#take('[') ? ']' : (this.#need('('), ')');
    const values: unknown[] = [];
    while (this.#peek() !== close) {
      values.push(this.#value(depth + 1));
      if (!this.#take(',')) break;
    }
    this.#need(close);
    return values;
  }

  #dictionary(depth: number): Record<string, unknown> {
    this.#need('{');
    const entries = new Map<string, unknown>();
    while (this.#peek() !== '}') {
      const key = this.#value(depth + 1);
      this.#need(':');
      entries.set(String(key), this.#value(depth + 1));
      if (!this.#take(',')) break;
    }
    this.#need('}');
    return Object.fromEntries(entries);
  }

  #string(): string {
    const quote = this.#match(/"""|'''|"|'/uy, 'a string');
    let value = '';
    while (!this.#text.startsWith(quote, this.#at)) {
      const char = this.#text[this.#at];
      if (char === undefined) throw new Error('a string is not closed');
      this.#at += 1;
      value += char === '\\' ? this.#escaped() : char;
    }
    this.#at += quote.length;
    return value;
  }

  #escaped(): string {
    const code = /u([\da-f]{4})|x([\da-f]{2})/iuy;
    code.lastIndex = this.#at;
    const found = code.exec(this.#text);
    if (found !== null) {
      this.#at = code.lastIndex;
      return String.fromCharCode(Number.parseInt((found[1] ?? found[2]) as string, 16));
    }
    const char = this.#text[this.#at] ?? '';
    this.#at += 1;
    // Python leaves an unknown escape as it is.
    return escapes.get(char) ?? `\\${char}`;
  }

  #peek(): string {
    while (/\s/u.test(this.#text[this.#at] ?? '')) this.#at += 1;
    return this.#text[this.#at] ?? '';
  }

  #take(char: string): boolean {
    if (this.#peek() !== char) return false;
    this.#at += 1;
    return true;
  }

  #need(char: string): void {
    if (!this.#take(char)) throw new Error(`expected ${char} at character ${this.#at + 1}`);
  }

  #match(pattern: RegExp, what: string): string {
    this.#peek();
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) throw new Error(`expected ${what} at character ${this.#at + 1}`);
    this.#at += found.length;
    return found;
  }
}

const constants: ReadonlyMap<string, { readonly value: unknown }> = new Map<string, { readonly value: unknown }>([
  ['True', { value: true }],
  ['true', { value: true }],
  ['False', { value: false }],
  ['false', { value: false }],
  ['None', { value: null }],
  ['null', { value: null }],
]);

const escapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['0', '\0'],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['\n', ''],
]);
