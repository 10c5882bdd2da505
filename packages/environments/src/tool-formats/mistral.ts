import { callOfValue, endOfJson, readJson, shorten } from './read-call.ts';
import { lengthBefore, type MalformedCall, type ParsedTurn, type ReadCall, type ToolFormat } from './tool-format.ts';

const mark = '[TOOL_CALLS]';

/**
 * Mistral: `[TOOL_CALLS][{"name": …, "arguments": {…}}, …]`, and the form of later models,
 * `[TOOL_CALLS]name[ARGS]{…}` once per call, with or without `[CALL_ID]`.
 */
export const mistralFormat: ToolFormat = {
  name: 'mistral',
  parse(text) {
    const start = text.indexOf(mark);
    if (start < 0) return { content: text.trim(), calls: [] };
    const calls = text.slice(start + mark.length).trimStart();
    const parsed = calls.startsWith('[') || calls.startsWith('{') ? listOfCalls(calls) : namedCalls(calls);
    const isBroken = parsed.calls.some((call) => 'problem' in call);
    const before = text.slice(0, start).trim();
    return { ...parsed, content: isBroken ? text.trim() : [before, parsed.content].filter(Boolean).join('\n') };
  },
  certainLength: (text) => lengthBefore(text, mark),
  render({ content, calls }) {
    if (calls.length === 0) return content;
    const list = calls.map(({ name, arguments: given }) => `{"name": ${JSON.stringify(name)}, "arguments": ${given}}`);
    return `${content}${mark}[${list.join(', ')}]`;
  },
};

function listOfCalls(text: string): ParsedTurn {
  const end = endOfJson(text, 0);
  const read = readJson(text.slice(0, end));
  if ('problem' in read) return { content: '', calls: [read] };
  const values: readonly unknown[] = Array.isArray(read.value) ? read.value : [read.value];
  return { content: end === undefined ? '' : text.slice(end).trim(), calls: values.map(callOfValue) };
}

function namedCalls(text: string): ParsedTurn {
  const calls = text.split(mark).map((piece): ReadCall | MalformedCall => {
    const start = piece.indexOf('{');
    const name = (start < 0 ? piece : piece.slice(0, start)).replace('[ARGS]', '').split('[CALL_ID]')[0]?.trim() ?? '';
    if (start < 0) return { problem: `the call has no arguments: ${shorten(piece)}` };
    const read = readJson(piece.slice(start).trim());
    return 'problem' in read ? read : callOfValue({ name, arguments: read.value });
  });
  return { content: '', calls };
}
