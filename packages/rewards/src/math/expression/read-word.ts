import { followsValue, push, type Scanner } from './scanner.ts';
import type { Meaning } from './spelling.ts';
import { attachedFunction, isUnit, isWord, meaningOfWord } from './word.ts';

// Latin letters, with accents too.
const run = /[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f]+/y;

/** Reads letters that no backslash precedes: a known word, a unit, a phrase, or else variables one by one. */
export function readWord(scanner: Scanner): void {
  const { source, position } = scanner;
  run.lastIndex = position;
  const letters = run.exec(source)![0];
  if (letters.length > 1) {
    if (followsValue(scanner) && isUnit(letters) && !opensArgument(source, position + letters.length)) {
      return push(scanner, ['text', letters], letters.length);
    }
    const meaning = meaningOfWord(letters);
    if (meaning !== undefined) return push(scanner, meaning, letters.length);
    const attached = attachedFunction(letters);
    if (attached !== undefined) return push(scanner, meaningOfWord(attached)!, attached.length);
  }
  if (position >= scanner.phraseEnd) {
    const phrase = readPhrase(scanner);
    if (phrase !== undefined) return push(scanner, ['text', phrase.replace(/\s+/g, ' ')], phrase.length);
  }
  for (const letter of letters) push(scanner, letterMeaning(letter), 1);
}

/** What a letter alone stands for. */
export function letterMeaning(letter: string): Meaning {
  if (letter === 'e') return ['constant', 'e'];
  return letter === 'i' || letter === 'I' ? ['constant', 'i'] : ['name', letter];
}

function opensArgument(source: string, position: number): boolean {
  return source[position] === '(' || source[position] === '\\';
}

const next = /([ '-]{1,3})([A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f]+)/y;

/** Words in a row of which one at least reads as a word of a language. */
function readPhrase(scanner: Scanner): string | undefined {
  const { source, position } = scanner;
  run.lastIndex = position;
  let end = position;
  let known = false;
  for (let letters = run.exec(source)?.[0]; letters !== undefined; ) {
    if (letters.length > 1 && meaningOfWord(letters) !== undefined && !isWord(letters)) break;
    if (letters === 'and' || letters === 'or') break;
    end += letters.length;
    known ||= isWord(letters);
    next.lastIndex = end;
    const match = next.exec(source);
    // A minus sign between single letters is a difference.
    if (match === null || (match[1]!.includes('-') && (letters.length < 2 || match[2]!.length < 2))) break;
    letters = match[2]!;
    if (meaningOfWord(letters) !== undefined && letters !== 'one') break;
    end += match[1]!.length;
  }
  scanner.phraseEnd = end;
  return known ? source.slice(position, end) : undefined;
}
