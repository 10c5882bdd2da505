import { callOfValue, endOfJson, isCallLike, readJson } from './read-call.ts';
import { readPythonicCalls } from './pythonic-calls.ts';
import { lengthBefore, type MalformedCall, type ParsedTurn, type ReadCall, type ToolFormat } from './tool-format.ts';

const mark = '<|python_tag|>';

// JSON, a list, or a name with a bracket behind it: the whole turn may be a call, as may a name that goes on.
const mayBeCall = /^\s*(?:[[{]|[A-Za-z_][\w.]*\s*(?:\(|$)|$)/u;

/**
 * Llama 3: `{"name": …, "parameters": {…}}` as the whole turn or behind `<|python_tag|>`, several with `;` between them,
 * and calls as Python writes them, `[get(city="Oslo")]` or `<|python_tag|>search.call(query="…")` (built-in tools:
 * the name is what stands before `.call`).
 */
export const llamaFormat: ToolFormat = {
  name: 'llama',
  parse(text) {
    const start = text.indexOf(mark);
    const before = (start < 0 ? '' : text.slice(0, start)).trim();
    const body = (start < 0 ? text : text.slice(start + mark.length)).trim();
    const parsed = jsonCalls(body, start >= 0) ?? pythonCalls(body);
    if (parsed === undefined) {
      if (start < 0) return { content: text.trim(), calls: [] };
      return { content: text.trim(), calls: [{ problem: `${mark} without a call` }] };
    }
    const isBroken = parsed.calls.some((call) => 'problem' in call);
    return { ...parsed, content: isBroken ? text.trim() : before };
  },
  certainLength: (text) => (mayBeCall.test(text) ? 0 : lengthBefore(text, mark)),
  render({ content, calls }) {
    if (calls.length === 0) return content;
    const written = calls.map(
      ({ name, arguments: given }) => `{"name": ${JSON.stringify(name)}, "parameters": ${given}}`,
    );
    return `${content}${mark}${written.join('; ')}`;
  },
};

function pythonCalls(body: string): ParsedTurn | undefined {
  const calls = readPythonicCalls(body)?.map((call) =>
    'problem' in call ? call : { ...call, name: call.name.replace(/\.call$/u, '') },
  );
  return calls === undefined ? undefined : { content: '', calls };
}

// JSON is a call when it says so: an answer may be JSON too.
function jsonCalls(body: string, isMarked: boolean): ParsedTurn | undefined {
  if (!body.startsWith('{') && !/^\[\s*\{/u.test(body)) return undefined;
  const calls: (ReadCall | MalformedCall)[] = [];
  let rest = body;
  while (rest !== '') {
    const end = endOfJson(rest, 0);
    const read = readJson(rest.slice(0, end));
    if ('problem' in read) {
      if (calls.length === 0 && !isMarked && !/^\[?\s*\{\s*"(?:name|type|function)"/u.test(body)) return undefined;
      calls.push(read);
      break;
    }
    const values: readonly unknown[] = Array.isArray(read.value) ? read.value : [read.value];
    if (!isMarked && calls.length === 0 && !values.some(isCallLike)) return undefined;
    calls.push(...values.map(callOfValue));
    rest = rest.slice(end ?? rest.length).trim();
    if (rest !== '' && !rest.startsWith(';') && !rest.startsWith('{')) {
      calls.push({ problem: 'there is text behind the calls' });
      break;
    }
    rest = rest.replace(/^;/u, '').trim();
  }
  return { content: '', calls };
}
