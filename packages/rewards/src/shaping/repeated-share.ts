import type { RewardRequest } from '@rlloom/spec';

/** What n-grams are made of. */
export type RepetitionUnit = 'tokens' | 'words';

/** The units of a response as small integers; `undefined` where its tokens are not known. */
export function repetitionUnits(request: RewardRequest, unit: RepetitionUnit): ArrayLike<number> | undefined {
  if (unit === 'tokens') return request.responseTokens;
  const ids = new Map<string, number>();
  return Array.from(request.responseText.toLowerCase().match(/\S+/g) ?? [], (word) => {
    const id = ids.get(word) ?? ids.size;
    ids.set(word, id);
    return id;
  });
}

/** `1 − distinct n-grams / all n-grams`, from 0 to below 1; 0 for fewer units than an n-gram has. */
export function repeatedShare(units: ArrayLike<number>, ngramSize: number): number {
  const count = units.length - ngramSize + 1;
  if (count <= 0) return 0;
  // The class of an n-gram is that of its head of n − 1 and its last unit: every pass lengthens all by one, exactly.
  let classes = Array.from(units);
  let distinct = new Set(classes).size;
  for (let length = 2; length <= ngramSize; length += 1) {
    const seen = new Map<string, number>();
    classes = classes.slice(0, units.length - length + 1).map((head, start) => {
      const key = `${head},${units[start + length - 1]}`;
      const known = seen.get(key) ?? seen.size;
      seen.set(key, known);
      return known;
    });
    distinct = seen.size;
  }
  return distinct === count ? 0 : 1 - distinct / count;
}
