import { readTextCommand } from './read-text-command.ts';
import { push, type Scanner, skip } from './scanner.ts';
import { knownPrefix, type Meaning, meaningOf } from './spelling.ts';

const letters = /\\[A-Za-z]+/y;

/** Reads what begins with a backslash. */
export function readCommand(scanner: Scanner): void {
  const { source, position } = scanner;
  letters.lastIndex = position;
  let command = letters.exec(source)?.[0] ?? source.slice(position, position + 2);
  // A doubled backslash before a command, where no matrix gives it a meaning.
  if (command === '\\\\' && !scanner.hasRows && /[A-Za-z]/.test(source[position + 2] ?? '')) return skip(scanner, 1);
  if (command === '\\begin' || command === '\\end') return readEnvironment(scanner, command);
  if (command === '\\char') return readCharacterCode(scanner);
  if (command === '\\not') {
    const whole = joined(scanner, command);
    const meaning = meaningOf(whole.replace(/\s+/g, ''));
    const isKnown = meaning !== undefined && meaning !== 'space';
    return isKnown ? push(scanner, meaning, whole.length) : push(scanner, ['unknown', command], command.length);
  }
  if (/^\\m?(?:left|right)$/.test(command)) {
    const whole = joined(scanner, command.replace('\\m', '\\'));
    const side = meaningOf(whole.replace(/\s+/g, ''));
    if (side !== undefined && side !== 'space') {
      return push(scanner, side, command.length + whole.length - command.replace('\\m', '\\').length);
    }
    return skip(scanner, command.length + (whole.endsWith('.') ? 1 : 0));
  }
  if (readTextCommand(scanner, command)) return;
  let meaning = meaningOf(command);
  if (meaning === undefined) {
    if (/^\\[()[\] \n]$/.test(command)) return skip(scanner, 2);
    if (command === '\\\f' && source.startsWith('rac', position + 2)) return push(scanner, ['frac', ''], 5);
    command = knownPrefix(command) ?? command;
    meaning = meaningOf(command);
  }
  // A backslash alone is left over at the end of a line.
  if (meaning === 'space' || command === '\\') return skip(scanner, command.length);
  const unknown: Meaning = command.length > 2 ? ['name', command.slice(1)] : ['unknown', command];
  push(scanner, meaning ?? unknown, command.length);
}

const sideOrRelation = /\s{0,4}(?:\\(?:[A-Za-z]+|[^A-Za-z])|[^\\\s])/y;

/** `\left` with the bracket after it, `\not` with its relation. */
function joined({ source, position }: Scanner, command: string): string {
  sideOrRelation.lastIndex =
    position + (source.startsWith('\\m', position) && command !== '\\not' ? command.length + 1 : command.length);
  return command + (sideOrRelation.exec(source)?.[0] ?? '');
}

const environment = /\\(?:begin|end)\s{0,4}\{([A-Za-z]{1,20})\*?\}/y;
const columns = /\s{0,4}(?:\[[a-z]?\])?\s{0,4}\{[lcr|\s@{}.:pP\d]{0,60}\}/y;

function readEnvironment(scanner: Scanner, command: string): void {
  const { source, position } = scanner;
  environment.lastIndex = position;
  const match = environment.exec(source);
  const name = match?.[1];
  if (match === null || name === undefined) return push(scanner, ['unknown', command], command.length);
  let { length } = match[0];
  if (command === '\\begin' && (name === 'array' || name === 'tabular')) {
    columns.lastIndex = position + length;
    length += columns.exec(source)?.[0].length ?? 0;
  }
  if (command === '\\begin') scanner.brackets.push('values');
  else scanner.brackets.pop();
  push(scanner, [command === '\\begin' ? 'begin' : 'end-environment', name], length);
}

const characterCode = /\\char"?0*([0-9A-Fa-f]{1,5})/y;
const codes: Readonly<Record<string, string>> = { '190': 'epsilon', '391': 'alpha', '392': 'beta', '39A': 'kappa' };

function readCharacterCode(scanner: Scanner): void {
  characterCode.lastIndex = scanner.position;
  const match = characterCode.exec(scanner.source);
  const name = codes[(match?.[1] ?? '').toUpperCase()];
  if (match === null || name === undefined) return push(scanner, ['unknown', '\\char'], 5);
  push(scanner, ['name', name], match[0].length);
}
