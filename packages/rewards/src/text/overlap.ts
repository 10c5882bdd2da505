/** Precision, recall and their harmonic mean, each from 0 to 1. */
export interface Overlap {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** The three figures of `shared` matches; 0 where a side is empty. */
export function overlapOf(shared: number, predicted: number, reference: number): Overlap {
  const precision = predicted === 0 ? 0 : shared / predicted;
  const recall = reference === 0 ? 0 : shared / reference;
  return { precision, recall, f1: shared === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}

/** How many members two lists share, each as often as both have it. */
export function sharedCount(a: readonly string[], b: readonly string[]): number {
  const left = counts(a);
  let shared = 0;
  for (const item of b) {
    const rest = left.get(item) ?? 0;
    if (rest === 0) continue;
    left.set(item, rest - 1);
    shared += 1;
  }
  return shared;
}

/** How often each member of a list occurs. */
export function counts(items: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const item of items) found.set(item, (found.get(item) ?? 0) + 1);
  return found;
}

/** Runs of `size` neighbours, joined by spaces. */
export function ngrams(items: readonly string[], size: number): string[] {
  return items.slice(size - 1).map((_, start) => items.slice(start, start + size).join(' '));
}
