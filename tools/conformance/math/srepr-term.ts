/** A name or a call (`Add(...)`), as Python prints it; a list is a call of `[]`. */
export interface Term {
  readonly name: string;
  readonly call?: readonly Term[];
}

const token = /\s*(?:'((?:[^'\\]|\\.)*)'|(-?[\w.]+)|([()[\],=]))/y;

interface Reader {
  readonly text: string;
  position: number;
}

/**
 * The tree of calls in Python's spelling. Keyword arguments are dropped, strings and numbers are names; of
 * `Function('f')(x)` the name is `f`.
 *
 * @throws Error where the text is cut off or is something else
 */
export function readCalls(text: string): Term {
  const reader = { text, position: 0 };
  const term = readTerm(reader);
  if (text.slice(reader.position).trim() !== '') throw new Error(`left over: ${text.slice(reader.position)}`);
  return term;
}

function readTerm(reader: Reader): Term {
  const [, quoted, word, sign] = next(reader);
  if (sign === '[') return { name: '[]', call: readList(reader, ']') };
  if (quoted !== undefined) return { name: quoted.replace(/\\(.)/g, '$1') };
  if (word === undefined) throw new Error(`did not expect ${sign ?? 'the end'}`);
  let name = word;
  let call: readonly Term[] | undefined;
  while (accept(reader, '(')) {
    if (call !== undefined) name = call[0]?.name ?? '';
    call = readList(reader, ')');
  }
  return call === undefined ? { name } : { name, call };
}

function readList(reader: Reader, close: string): Term[] {
  const items: Term[] = [];
  while (!accept(reader, close)) {
    const item = readTerm(reader);
    if (accept(reader, '=')) readTerm(reader);
    else items.push(item);
    accept(reader, ',');
  }
  return items;
}

function next(reader: Reader): RegExpExecArray {
  token.lastIndex = reader.position;
  const match = token.exec(reader.text);
  if (match === null) throw new Error(`cannot read ${reader.text.slice(reader.position, reader.position + 20)}`);
  reader.position = token.lastIndex;
  return match;
}

function accept(reader: Reader, sign: string): boolean {
  const { position } = reader;
  if (reader.text.slice(position).trimStart() === '') return false;
  if (next(reader)[3] === sign) return true;
  reader.position = position;
  return false;
}
