import type { MalformedCall, ReadCall } from './tool-format.ts';

/** Most characters of a broken call that are repeated to the model. */
const shownLength = 80;

/** The value of JSON text, or what is wrong with it. */
export function readJson(text: string): { readonly value: unknown } | MalformedCall {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 2 * shownLength) : 'unreadable';
    return { problem: `the call is not valid JSON (${reason}): ${shorten(text)}` };
  }
}

/**
 * A call of a JSON value: `{"name": …, "arguments": {…}}`. The arguments may be called `parameters`, be left out, or be
 * a string of JSON; `{"type": "function", "function": {…}}` is looked into.
 */
export function callOfValue(value: unknown): ReadCall | MalformedCall {
  if (!isRecord(value)) return { problem: `a call is an object with "name" and "arguments": ${shown(value)}` };
  if (isRecord(value['function'])) return callOfValue(value['function']);
  const { name } = value;
  if (typeof name !== 'string' || name === '') return { problem: `the call has no "name": ${shown(value)}` };
  let given: unknown = value['arguments'] ?? value['parameters'] ?? {};
  if (typeof given === 'string') {
    const read = readJson(given === '' ? '{}' : given);
    if ('problem' in read) return { problem: `the arguments of ${shorten(name)}: ${read.problem}` };
    given = read.value;
  }
  if (!isRecord(given)) return { problem: `the arguments of ${shorten(name)} are not an object: ${shown(given)}` };
  return { name, arguments: JSON.stringify(given) };
}

/** Whether a JSON value looks like a call rather than like an answer that happens to be JSON. */
export function isCallLike(value: unknown): boolean {
  if (!isRecord(value)) return false;
  if (isRecord(value['function'])) return isCallLike(value['function']);
  return typeof value['name'] === 'string' && ('arguments' in value || 'parameters' in value);
}

/**
 * Where the JSON value that starts at `start` ends (exclusive): brackets outside of strings are counted. `undefined`
 * when it is not closed.
 */
export function endOfJson(text: string, start: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (inString) {
      if (char === '\\') at += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') {
      depth -= 1;
      if (depth === 0) return at + 1;
      if (depth < 0) return undefined;
    }
  }
  return undefined;
}

/** A text, cut to what is worth repeating. */
export function shorten(text: string): string {
  return text.length <= shownLength ? text : `${text.slice(0, shownLength)}…`;
}

function shown(value: unknown): string {
  return shorten(JSON.stringify(value));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
