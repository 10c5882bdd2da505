import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textStream } from './text-stream.ts';

// Tokens are bytes of UTF-8, but for 256, which says "<end>", and 257, which says nothing.
const bytes = {
  decode: (tokens: ArrayLike<number>) =>
    Buffer.concat(Array.from(tokens, (id) => Buffer.from(id === 256 ? '<end>' : id === 257 ? '' : [id]))).toString(
      'utf8',
    ),
};
// Words with a space before them, left out at the start: as SentencePiece decodes.
const words = { decode: (tokens: ArrayLike<number>) => Array.from(tokens, (id) => `w${id}`).join(' ') };
const idsOf = (text: string) => [...Buffer.from(text)];

describe('textStream', () => {
  it('gives whole characters as their last byte comes', () => {
    const stream = textStream(bytes);
    expect(idsOf('aé€😀b').map((id) => stream.push(id))).toEqual(['a', '', 'é', '', '', '€', '', '', '', '😀', 'b']);
    expect([stream.finish(), stream.text]).toEqual(['', 'aé€😀b']);
  });

  it('gives what was never completed at the end', () => {
    const stream = textStream(bytes);
    expect([0x61, 0xe2, 0x82].map((id) => stream.push(id))).toEqual(['a', '', '']);
    expect([stream.finish(), stream.text]).toEqual(['\uFFFD', 'a\uFFFD']);
    expect(textStream(bytes).finish()).toBe('');
  });

  it('keeps the spaces that a decoder drops at the start', () => {
    const stream = textStream(words);
    expect([5, 6, 7].map((id) => stream.push(id))).toEqual(['w5', ' w6', ' w7']);
  });

  it('knows the first token of a character', () => {
    const stream = textStream(bytes);
    for (const id of [0x61, 257, 0xe2, 0x82, 0xac, 256, 0x62]) stream.push(id);
    expect(stream.text).toBe('a€<end>b');
    expect([0, 1, 2, 6, 7].map((offset) => stream.tokenAt(offset))).toEqual([0, 2, 5, 5, 6]);
  });

  it('says together what the decoder says of all tokens', () => {
    const id = fc.oneof(
      fc.integer({ min: 0, max: 257 }),
      fc.integer({ min: 97, max: 99 }),
      fc.constantFrom(0xc3, 0xa9, 0xe2, 0x82, 0xac),
    );
    fc.assert(
      fc.property(fc.array(id, { maxLength: 30 }), (ids) => {
        const stream = textStream(bytes);
        const pieces = [...ids.map((one) => stream.push(one)), stream.finish()];
        expect(pieces.join('')).toBe(stream.text);
        expect(stream.text).toBe(bytes.decode(ids));
        for (let offset = 0; offset < stream.text.length; offset++) {
          const token = stream.tokenAt(offset);
          expect(bytes.decode(ids.slice(0, token + 1)).length).toBeGreaterThan(offset);
        }
      }),
    );
  });
});
