import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CodeChoice, extractCode } from './extract-code.ts';

const choice: CodeChoice = { choose: 'last', unfenced: 'take', reasoningDelimiter: null };
const fence = (tag: string, code: string): string => `\`\`\`${tag}\n${code}\n\`\`\`\n`;
const code = (text: string, more: Partial<CodeChoice> = {}, language: 'python' | 'javascript' | undefined = 'python') =>
  extractCode(text, language, { ...choice, ...more })?.code;

describe('extractCode', () => {
  it.each([
    ['one block', `Here:\n${fence('python', 'x = 1')}Done.`, 'x = 1\n'],
    ['another name of the language', fence('Py', 'x = 1'), 'x = 1\n'],
    ['attributes after the tag', '```{.python .numberLines}\nx = 1\n```', 'x = 1\n'],
    ['a block without a tag', fence('', 'x = 1'), 'x = 1\n'],
    ['tildes', '~~~python\nx = 1\n~~~', 'x = 1\n'],
    ['a longer fence around a shorter', '````python\ns = """\n```\n"""\n````', 's = """\n```\n"""\n'],
    ['a block that is never closed', '```python\nx = 1\ny = 2', 'x = 1\ny = 2\n'],
    ['a block in a list', '1. So:\n   ```python\n   if x:\n       y = 1\n   ```', 'if x:\n    y = 1\n'],
    ['Windows line ends', '```python\r\nx = 1\r\n```\r\n', 'x = 1\n'],
    ['tagged before untagged', `${fence('python', 'x = 1')}${fence('', 'output')}`, 'x = 1\n'],
    ['the last of several', `${fence('python', 'x = 1')}${fence('python', 'x = 2')}`, 'x = 2\n'],
    ['its own language only', `${fence('python', 'x = 1')}${fence('bash', 'python x.py')}`, 'x = 1\n'],
    [
      'nothing but empty blocks around it',
      `${fence('python', '')}${fence('python', 'x = 1')}${fence('python', ' ')}`,
      'x = 1\n',
    ],
  ])('takes %s', (_name, text, expected) => {
    expect(code(text)).toBe(expected);
  });

  it('chooses by name', () => {
    const text = ['a = 1', 'b = 1\nb = 2\nb = 3', 'c = 1'].map((part) => fence('python', part)).join('\n');
    expect(code(text, { choose: 'first' })).toBe('a = 1\n');
    expect(code(text, { choose: 'longest' })).toBe('b = 1\nb = 2\nb = 3\n');
    expect(code(text, { choose: 'last' })).toBe('c = 1\n');
  });

  it('takes a text without a block as it is, if it may', () => {
    expect(code('    return x\n')).toBe('    return x\n');
    expect(code('    return x\n', { unfenced: 'refuse' })).toBeUndefined();
    expect(code('  \n')).toBeUndefined();
  });

  it('has nothing where all blocks are of another language', () => {
    expect(code(fence('bash', 'ls'))).toBeUndefined();
    expect(code(fence('python', 'x = 1'), {}, 'javascript')).toBeUndefined();
  });

  it('says the language where any will do', () => {
    expect(extractCode(fence('ts', 'let x: number'), undefined, choice)?.language).toBe('typescript');
    expect(extractCode(fence('js', 'let x'), 'typescript', choice)?.language).toBe('javascript');
  });

  it('looks only after the reasoning', () => {
    const text = `<think>${fence('python', 'x = 1')}</think>${fence('python', 'x = 2')}`;
    expect(code(text, { reasoningDelimiter: '</think>', choose: 'first' })).toBe('x = 2\n');
    expect(code(fence('python', 'x = 1'), { reasoningDelimiter: '</think>' })).toBeUndefined();
  });

  it('never throws, and finds what was fenced', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ unit: 'grapheme' }), (before, body) => {
        code(before);
        fc.pre(!/[`~\r]/.test(body + before) && body.trim() !== '');
        expect(code(`${before}\n\`\`\`python\n${body}\n\`\`\`\n`)).toBe(`${body}\n`);
      }),
    );
  });
});
