import { type AlignedText, mapText } from './aligned-text.ts';

// Printable characters of Latin-1 stand for themselves, the other bytes for characters from U+0100 on.
const symbols: readonly string[] = (() => {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    return String.fromCharCode(isPrintable ? byte : next++);
  });
})();
const bytes: ReadonlyMap<string, number> = new Map(symbols.map((symbol, byte) => [symbol, byte]));

/** The character that stands for a space in byte-level vocabularies. */
export const spaceSymbol = symbols[0x20] as string;

const encoder = new TextEncoder();

/** The UTF-8 bytes of a text, each as the character that stands for it in byte-level vocabularies. */
export const byteSymbols = (text: AlignedText): AlignedText => {
  // Most text is printable ASCII and spaces, which keep their places.
  if (/^[ -~]*$/.test(text.text)) return { ...text, text: text.text.replaceAll(' ', spaceSymbol) };
  return mapText(text, (character) => Array.from(encoder.encode(character), (byte) => symbols[byte]).join(''));
};

/** The bytes that a token of a byte-level vocabulary stands for; a token with other characters is text. */
export function bytesOfSymbols(token: string): Uint8Array {
  const result = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = bytes.get(token[i] as string);
    if (byte === undefined) return encoder.encode(token);
    result[i] = byte;
  }
  return result;
}
