/** How well a piece of a response fits a reference step; 0 = not at all. */
export type Fit = 0 | 1 | 2;

/**
 * Pairs pieces of a response with reference steps, each used once, whatever their order: first as many pairs that fit
 * well (2) as there can be, then as many more as others (1) allow.
 *
 * @param fits per piece its fit with each reference step
 * @returns per piece the index of its reference step, or `undefined`
 */
export function matchSteps(fits: readonly (readonly Fit[])[], referenceCount: number): (number | undefined)[] {
  const pieceOf: (number | undefined)[] = Array.from({ length: referenceCount }, () => undefined);
  for (const least of [2, 1]) {
    const paired = new Set(pieceOf);
    for (const piece of fits.keys()) {
      if (!paired.has(piece)) claim(piece, least, new Set());
    }
  }
  return fits.map((_, piece) => {
    const reference = pieceOf.indexOf(piece);
    return reference === -1 ? undefined : reference;
  });

  // Kuhn's augmenting paths: who holds a step gives it up when there is another one for it.
  function claim(piece: number, least: number, asked: Set<number>): boolean {
    const open = fits[piece]!.flatMap((fit, reference) => (fit < least || asked.has(reference) ? [] : [reference]));
    const free = open.find((reference) => pieceOf[reference] === undefined);
    for (const reference of free === undefined ? open : [free]) {
      if (asked.has(reference)) continue;
      asked.add(reference);
      const holder = pieceOf[reference];
      if (holder === undefined || claim(holder, least, asked)) {
        pieceOf[reference] = piece;
        return true;
      }
    }
    return false;
  }
}
