import { describe, expect, it } from 'vitest';
import { createDecodeStream, type DecodeStream } from './decode-stream.ts';
import { type DecoderOptions, tokenBytes } from './decoders.ts';

const tokens = ['Ð', '¿', 'â', 'Ĥ', '¬', 'x', '<0xE2>', '<0x82>', '<0xAC>', '<0xFF>', '▁a', ' ', '.', "'s", 'ab</w>'];
const bytes: DecoderOptions = { type: 'ByteLevel' };
const sentencePiece: DecoderOptions = {
  type: 'Sequence',
  decoders: [
    { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
    { type: 'Strip', content: ' ', start: 1, stop: 0 },
  ],
};
const stream = (decoder: DecoderOptions | undefined, cleansUp = false): DecodeStream =>
  createDecodeStream({ decoder, tokenOf: (id) => tokens[id], bytesOf: tokenBytes(new Set()), cleansUp });

/** What comes out after each token, and at the end. */
function parts(decoding: DecodeStream, ids: readonly string[]): string[] {
  let state = decoding.start;
  const texts = ids.map((token) => {
    const step = decoding.push(state, [tokens.indexOf(token)]);
    state = step.state;
    return step.text;
  });
  return [...texts, decoding.end(state)];
}

describe('decodeStream', () => {
  it('waits for the bytes of a character', () => {
    expect(parts(stream(bytes), ['Ð', '¿', 'x'])).toEqual(['', 'п', 'x', '']);
    expect(parts(stream(bytes), ['â', 'Ĥ', '¬'])).toEqual(['', '', '€', '']);
  });

  it('gives up a character that does not come', () => {
    expect(parts(stream(bytes), ['â', 'Ĥ', 'x'])).toEqual(['', '', '\ufffdx', '']);
    expect(parts(stream(bytes), ['â', 'Ð'])).toEqual(['', '\ufffd', '\ufffd']);
    expect(parts(stream(bytes), ['¬', 'x'])).toEqual(['\ufffd', 'x', '']);
  });

  it('waits for the end of a run of byte tokens', () => {
    expect(parts(stream(sentencePiece), ['<0xE2>', '<0x82>', '<0xAC>', 'x'])).toEqual(['', '', '', '€x', '']);
    expect(parts(stream(sentencePiece), ['<0xE2>', '<0x82>', '<0xAC>', '<0xFF>'])).toEqual(['', '', '', '', '����']);
  });

  it('removes the first space, and no other', () => {
    expect(parts(stream(sentencePiece), ['▁a', '▁a'])).toEqual(['a', ' a', '']);
    expect(parts(stream(sentencePiece), [' ', ' ', 'x'])).toEqual(['', ' ', 'x', '']);
  });

  it('holds what the end of the text decides', () => {
    expect(parts(stream({ type: 'BPEDecoder', suffix: '</w>' }), ['ab</w>', 'ab</w>'])).toEqual(['', 'ab ', 'ab']);
    const strip: DecoderOptions = {
      type: 'Sequence',
      decoders: [{ type: 'Fuse' }, { type: 'Strip', content: ' ', start: 0, stop: 1 }],
    };
    expect(parts(stream(strip), ['x', ' ', ' ', 'x', ' '])).toEqual(['x', '', ' ', ' x', '', '']);
    const late: DecoderOptions = {
      type: 'Sequence',
      decoders: [{ type: 'Fuse' }, { type: 'Replace', pattern: { String: 'x.' }, content: '!' }],
    };
    expect(parts(stream(late), ['x', '.', 'x'])).toEqual(['', '', '', '!x']);
  });

  it('holds spaces that a clean-up may remove', () => {
    const cleaning = stream({ type: 'Fuse' }, true);
    expect(parts(cleaning, ['x', ' ', '.', ' ', 'x'])).toEqual(['x', '', '.', '', ' x', '']);
    expect(parts(cleaning, ['x', ' ', "'s"])).toEqual(['x', '', "'s", '']);
  });

  it('joins tokens by spaces without a decoder, and starts anew from any state', () => {
    const plain = stream(undefined);
    const first = plain.push(plain.start, [5]);
    expect([first.text, plain.push(first.state, [5]).text, plain.push(first.state, [12, 5]).text]).toEqual([
      'x',
      ' x',
      ' . x',
    ]);
    expect(plain.push(plain.start, [99])).toEqual({ text: '', state: plain.start });
  });
});
