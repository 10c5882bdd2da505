/** Characters of one event of a stream. */
const pieceLength = 64;

/** A text in the pieces in which it is sent; no character is cut. */
export function pieces(text: string): string[] {
  const characters = [...text];
  return Array.from({ length: Math.ceil(characters.length / pieceLength) }, (_, index) =>
    characters.slice(index * pieceLength, (index + 1) * pieceLength).join(''),
  );
}
