import { isRlloomError } from '@rlloom/spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hermesFormat } from './hermes.ts';
import { jsonFormat } from './json.ts';
import { llamaFormat } from './llama.ts';
import { mistralFormat } from './mistral.ts';
import type { ParsedTurn } from './tool-format.ts';
import { toolFormatOf } from './tool-formats.ts';

const call = (name: string, given: object) => ({ name, arguments: JSON.stringify(given) });
const problems = ({ calls }: ParsedTurn): string[] =>
  calls.flatMap((each) => ('problem' in each ? [each.problem] : []));

describe('hermesFormat', () => {
  it('reads calls beside text', () => {
    expect(
      hermesFormat.parse(
        'I add.\n<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>\n<tool_call>{"name":"now"}</tool_call>',
      ),
    ).toEqual({ content: 'I add.', calls: [call('add', { a: 1 }), call('now', {})] });
  });

  it('takes a last call without its end when the JSON is whole', () => {
    expect(hermesFormat.parse('<tool_call>{"name": "add", "arguments": {}}').calls).toEqual([call('add', {})]);
    expect(problems(hermesFormat.parse('<tool_call>{"name": "add", "argu'))).toEqual([
      expect.stringContaining('<tool_call> without </tool_call>'),
    ]);
    expect(problems(hermesFormat.parse('<tool_call>{"name":"a"}<tool_call>{"name":"b"}</tool_call>'))).toEqual([
      '<tool_call> without </tool_call>',
    ]);
  });

  it('keeps what it cannot read in the text, in order with what it can', () => {
    const turn = hermesFormat.parse('<tool_call>{name: add}</tool_call><tool_call>{"name":"b"}</tool_call>');
    expect(turn.content).toBe('<tool_call>{name: add}</tool_call>');
    expect(turn.calls.map((each) => 'problem' in each)).toEqual([true, false]);
  });

  it.each([
    ['<tool_call>[1]</tool_call>', 'a call is an object'],
    ['<tool_call>{"arguments": {}}</tool_call>', 'no "name"'],
    ['<tool_call>{"name": "f", "arguments": [1]}</tool_call>', 'the arguments of f are not an object'],
    ['<tool_call>{"name": "f", "arguments": "x"}</tool_call>', 'the arguments of f: the call is not valid JSON'],
    ['<tool_call></tool_call>', 'not valid JSON'],
  ])('says what is wrong with %s', (text, problem) => {
    expect(problems(hermesFormat.parse(text))).toEqual([expect.stringContaining(problem)]);
  });
});

describe('llamaFormat', () => {
  it.each([
    ['{"name": "get", "parameters": {"city": "Oslo"}}', [call('get', { city: 'Oslo' })]],
    [
      '<|python_tag|>{"name": "a", "parameters": {}}; {"name": "b", "parameters": {"x": [1]}}',
      [call('a', {}), call('b', { x: [1] })],
    ],
    ['[get(city="Oslo", days=-2), now()]', [call('get', { city: 'Oslo', days: -2 }), call('now', {})]],
    ['<|python_tag|>brave_search.call(query="it\'s \\"so\\"")', [call('brave_search', { query: 'it\'s "so"' })]],
    [
      "f(a=[1, 2.5e3, None], b={'k': True}, c='''x\ny''')",
      [call('f', { a: [1, 2500, null], b: { k: true }, c: 'x\ny' })],
    ],
  ])('reads %s', (text, calls) => {
    expect(llamaFormat.parse(text)).toEqual({ content: '', calls });
  });

  it('tells an answer from a call', () => {
    for (const text of ['It is 4.', '{"temperature": 4}', '{ not json', '[1, 2]']) {
      expect(llamaFormat.parse(text)).toEqual({ content: text, calls: [] });
    }
  });

  it.each([
    ['{"name": "get", "parameters": {', 'not valid JSON'],
    ['<|python_tag|>print(1)', 'expected a named argument'],
    ['<|python_tag|>hello', 'without a call'],
    ['f(a=g(1))', 'g is no value'],
    ['f(a="x', 'a string is not closed'],
    ['f(a=1) and more', 'text behind the calls'],
    [`f(a=${'['.repeat(500)}`, 'nested too deeply'],
    ['{"name": "a", "parameters": {}} then', 'text behind the calls'],
  ])('says what is wrong with %s', (text, problem) => {
    expect(problems(llamaFormat.parse(text))).toEqual([expect.stringContaining(problem)]);
  });
});

describe('mistralFormat', () => {
  it.each([
    [
      '[TOOL_CALLS][{"name": "a", "arguments": {"x": 1}}, {"name": "b", "arguments": {}}]',
      [call('a', { x: 1 }), call('b', {})],
    ],
    ['[TOOL_CALLS] [{"name": "a", "arguments": "{\\"x\\": 1}"}]', [call('a', { x: 1 })]],
    ['[TOOL_CALLS]a[ARGS]{"x": 1}[TOOL_CALLS]b[CALL_ID]abcdefghi[ARGS]{}', [call('a', { x: 1 }), call('b', {})]],
  ])('reads %s', (text, calls) => {
    expect(mistralFormat.parse(text)).toEqual({ content: '', calls });
  });

  it('says what is wrong', () => {
    expect(problems(mistralFormat.parse('[TOOL_CALLS][{"name": "a"'))).toEqual([
      expect.stringContaining('not valid JSON'),
    ]);
    expect(problems(mistralFormat.parse('[TOOL_CALLS]add'))).toEqual(['the call has no arguments: add']);
    expect(mistralFormat.parse('no call')).toEqual({ content: 'no call', calls: [] });
  });
});

describe('jsonFormat', () => {
  it('reads a call, a list and a fenced one', () => {
    const text = '{"name": "a", "arguments": {"x": 1}}';
    expect(jsonFormat.parse(text)).toEqual({ content: '', calls: [call('a', { x: 1 })] });
    expect(jsonFormat.parse(`[${text}, ${text}]`).calls).toHaveLength(2);
    expect(jsonFormat.parse(`\`\`\`json\n${text}\n\`\`\``).calls).toEqual([call('a', { x: 1 })]);
    expect(jsonFormat.parse('{"type": "function", "function": {"name": "a", "arguments": "{}"}}').calls).toEqual([
      call('a', {}),
    ]);
  });

  it('leaves other JSON alone, and says what is wrong with a call', () => {
    for (const text of ['{"answer": 4}', '4', '', 'so {"name": 1}']) {
      expect(jsonFormat.parse(text)).toEqual({ content: text, calls: [] });
    }
    expect(problems(jsonFormat.parse('{"name": "a", "arguments": {'))).toEqual([
      expect.stringContaining('not valid JSON'),
    ]);
    expect(problems(jsonFormat.parse('{"name": "a"}'))).toEqual(['the call has no "arguments"']);
  });
});

const formats = [hermesFormat, llamaFormat, mistralFormat, jsonFormat];

const piece = fc.constantFrom(
  ...[
    '<tool_call>',
    '</tool_call>',
    '[TOOL_CALLS]',
    '<|python_tag|>',
    '{"name": "f", "arguments": ',
    '{',
    '}',
    '[',
    ']',
  ],
  ...['f(a=', ')', '"', "'", '\\', ',', ';', ':', '1', 'text', '\ud800', '[ARGS]', '```json\n', '\n```', '__proto__'],
);

describe.each(formats.map((format) => [format.name, format] as const))('%s', (_, format) => {
  const calls = fc.array(
    fc.record({
      name: fc.stringMatching(/^[a-z_]{1,8}$/u),
      arguments: fc.dictionary(fc.string(), fc.jsonValue()).map((given) => JSON.stringify(given)),
    }),
    { minLength: 1, maxLength: 3 },
  );

  it('reads what it renders', () => {
    fc.assert(
      fc.property(calls, (written) => {
        // The tags themselves cannot stand inside of arguments.
        fc.pre(!JSON.stringify(written).includes('tool_call') && !JSON.stringify(written).includes('TOOL'));
        const expected = written.map((each) => ({
          ...each,
          arguments: JSON.stringify(JSON.parse(each.arguments)),
        }));
        expect(format.parse(format.render({ content: '', calls: written }))).toEqual({ content: '', calls: expected });
      }),
    );
  });

  it('never throws, and says something of each call', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 20 }), (pieces) => {
        const turn = format.parse(pieces.join(''));
        for (const each of turn.calls) {
          if ('problem' in each) expect(each.problem.length).toBeLessThan(600);
          else expect(typeof JSON.parse(each.arguments)).toBe('object');
        }
      }),
      { numRuns: 300 },
    );
  });

  it('knows what of an unfinished turn is text, however it goes on', () => {
    const known = { text: 0 };
    const turns = fc.oneof(
      fc.array(fc.oneof(piece, fc.string()), { maxLength: 12 }),
      fc.constant(['Let me see. ', format.render({ content: '', calls: [call('f', { a: [1] })] })]),
    );
    fc.assert(
      fc.property(turns, (pieces) => {
        const turn = pieces.join('');
        const { content, calls } = format.parse(turn);
        const shown = calls.some((each) => !('problem' in each)) ? content : turn;
        for (let end = 0; end <= turn.length; end++) {
          const certain = turn.slice(0, format.certainLength!(turn.slice(0, end))).trimEnd();
          known.text += certain.length;
          if (!/^\s/u.test(certain)) expect(shown.startsWith(certain)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
    expect(known.text).toBeGreaterThan(0);
  });

  it('is known by its name', () => {
    expect(toolFormatOf(format.name as 'hermes')).toBe(format);
    expect(toolFormatOf(format)).toBe(format);
  });
});

it('names the formats there are', () => {
  try {
    toolFormatOf('toString' as 'json');
    expect.unreachable();
  } catch (error) {
    expect(isRlloomError(error) && error.fix).toContain('hermes, qwen, llama, mistral, json');
  }
});
