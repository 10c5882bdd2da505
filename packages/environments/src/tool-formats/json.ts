import { callOfValue, isCallLike, readJson } from './read-call.ts';
import type { ToolFormat } from './tool-format.ts';

const fence = /^```(?:json)?\s*\n([\s\S]*?)\n?```$/u;

/**
 * Plain JSON: the whole turn, fenced or not, is one call or a list of them. A turn that is JSON of another kind, or no
 * JSON at all, is an answer; what begins like a call and cannot be read is malformed.
 */
export const jsonFormat: ToolFormat = {
  name: 'json',
  parse(text) {
    const content = text.trim();
    const body = fence.exec(content)?.[1]?.trim() ?? content;
    const looksLikeCall = /^\[?\s*\{\s*"(?:name|function|type)"\s*:/u.test(body);
    const read = readJson(body);
    if ('problem' in read) return { content, calls: looksLikeCall ? [read] : [] };
    const values: readonly unknown[] = Array.isArray(read.value) ? read.value : [read.value];
    if (!values.some(isCallLike)) {
      const isBroken = looksLikeCall && /^\[?\s*\{\s*"name"/u.test(body);
      return { content, calls: isBroken ? [{ problem: 'the call has no "arguments"' }] : [] };
    }
    const calls = values.map(callOfValue);
    return { content: calls.some((call) => 'problem' in call) ? content : '', calls };
  },
  // What begins like JSON, or a fence around it, may be a call to its end.
  certainLength: (text) => (/^\s*(?:[[{`]|$)/u.test(text) ? 0 : text.length),
  // A turn of this format is a text or calls.
  render({ content, calls }) {
    if (calls.length === 0) return content;
    const written = calls.map(
      ({ name, arguments: given }) => `{"name": ${JSON.stringify(name)}, "arguments": ${given}}`,
    );
    return written.length === 1 ? (written[0] as string) : `[${written.join(', ')}]`;
  },
};
