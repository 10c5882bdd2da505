import { RlloomError } from '@rlloom/spec';
import { type AlignedText, type Edit, editText } from './aligned-text.ts';

/** What SentencePiece makes of some characters: the replacement of a text, or `undefined`. */
export type CharactersMap = (text: string) => string | undefined;

/**
 * Reads a precompiled map of SentencePiece: the size of a trie (uint32), the trie as a double array over UTF-8 bytes,
 * and the replacements, each ended by a zero byte. All numbers are little-endian.
 *
 * @throws RlloomError kind `model` for a map that is cut short
 */
export function readCharactersMap(base64: string): CharactersMap {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const size = bytes.length < 4 ? 0 : view.getUint32(0, true);
  if (size === 0 || size % 4 !== 0 || 4 + size > bytes.length) {
    throw new RlloomError('model', {
      what: `the normalizer's precompiled_charsmap has ${bytes.length} bytes, and its trie should have ${size}`,
      where: 'tokenizer.json',
      fix: 'download or copy the file again',
    });
  }
  const units = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
  const replacements = bytes.subarray(4 + size);
  const encoder = new TextEncoder();
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return (text) => {
    const found = shortestPrefix(units, encoder.encode(text));
    if (found === undefined) return undefined;
    return decoder.decode(replacements.subarray(found, replacements.indexOf(0, found)));
  };
}

// The value of the shortest key that the bytes start with: SentencePiece's users take the first result of the search.
function shortestPrefix(units: Uint32Array, bytes: Uint8Array): number | undefined {
  const childrenOf = (unit: number) => (unit >>> 10) << ((unit & 0x200) >>> 6);
  let node = childrenOf(units[0] as number);
  for (const byte of bytes) {
    if (byte === 0) return undefined;
    node ^= byte;
    const unit = units[node];
    if (unit === undefined || (unit & 0x800000ff) !== byte) return undefined;
    node ^= childrenOf(unit);
    if ((unit >>> 8) & 1) return (units[node] as number) & 0x7fffffff;
  }
  return undefined;
}

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** The text with every grapheme, or each of its characters, replaced by the map. */
export function mapCharacters(aligned: AlignedText, map: CharactersMap): AlignedText {
  const edits: Edit[] = [];
  const replace = (old: string, replacement: string) => {
    const [before, after] = [[...old].length, [...replacement].length];
    const first = edits.length;
    for (const character of replacement) edits.push({ character, change: 0 });
    for (let i = Math.max(first, edits.length - (after - before)); i < edits.length; i++) {
      edits[i] = { character: (edits[i] as Edit).character, change: 1 };
    }
    // What vanishes goes with the character before it, of this replacement or an earlier one.
    const last = edits.at(-1);
    if (after < before && last !== undefined) {
      edits[edits.length - 1] = { character: last.character, change: last.change + after - before };
    }
  };
  for (const { segment } of graphemes.segment(aligned.text)) {
    const whole = utf8Length(segment) < 6 ? map(segment) : undefined;
    if (whole !== undefined) {
      replace(segment, whole);
      continue;
    }
    for (const character of segment) {
      const replacement = map(character);
      if (replacement === undefined) edits.push({ character, change: 0 });
      else replace(character, replacement);
    }
  }
  return editText(aligned, edits);
}

const utf8Length = (text: string): number => new TextEncoder().encode(text).length;
