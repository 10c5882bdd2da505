/** Where `part` ends in `text` when it stands at `at`, or `undefined`. */
export function endOfExact(text: string, at: number, part: string): number | undefined {
  return text.startsWith(part, at) ? at + part.length : undefined;
}

/**
 * `endOfExact`, where space may be written in another way: a template trims answers and writes the JSON of calls with
 * spaces of its own. Ends behind the last character that is no space.
 */
export function endOfSpaced(text: string, at: number, part: string): number | undefined {
  let place = at;
  for (const character of part) {
    if (/\s/u.test(character)) continue;
    while (place < text.length && /\s/u.test(text[place]!)) place += 1;
    if (!text.startsWith(character, place)) return undefined;
    place += character.length;
  }
  return place;
}
