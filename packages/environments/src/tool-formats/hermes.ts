import { callOfValue, readJson } from './read-call.ts';
import { lengthBefore, type MalformedCall, type ReadCall, type ToolFormat } from './tool-format.ts';

const open = '<tool_call>';
const close = '</tool_call>';

/**
 * Qwen 2.5, Qwen 3 and Hermes: `<tool_call>{"name": …, "arguments": {…}}</tool_call>`, any number of them beside text.
 * A last call may lack its closing tag when its JSON is whole.
 *
 * @example
 * ```ts
 * const turn = hermesFormat.parse('Let me see.<tool_call>{"name": "add", "arguments": {"a": 1}}</tool_call>');
 * turn.content; // => 'Let me see.'
 * turn.calls; // => [{ name: 'add', arguments: '{"a":1}' }]
 * ```
 */
export const hermesFormat: ToolFormat = {
  name: 'hermes',
  parse(text) {
    const [before = '', ...pieces] = text.split(open);
    const calls: (ReadCall | MalformedCall)[] = [];
    let content = before;
    for (const [index, piece] of pieces.entries()) {
      const end = piece.indexOf(close);
      const body = (end < 0 ? piece : piece.slice(0, end)).trim();
      const read = readJson(body);
      let call = 'problem' in read ? read : callOfValue(read.value);
      if (end < 0 && index < pieces.length - 1) call = { problem: `${open} without ${close}` };
      else if (end < 0 && 'problem' in call) call = { problem: `${open} without ${close}; ${call.problem}` };
      calls.push(call);
      const rest = end < 0 ? '' : piece.slice(end + close.length);
      content += 'problem' in call ? open + piece : rest;
    }
    return { content: content.trim(), calls };
  },
  certainLength: (text) => lengthBefore(text, open),
  render: ({ content, calls }) =>
    [
      ...(content === '' ? [] : [content]),
      ...calls.map(
        ({ name, arguments: given }) => `${open}\n{"name": ${JSON.stringify(name)}, "arguments": ${given}}\n${close}`,
      ),
    ].join('\n'),
};
