import { numbersMatch } from './compare-output.ts';

// Whole numbers that a double cannot hold travel as text under this key; so do numbers JSON cannot write.
const numberKey = '$number';

/**
 * The value of a JSON text; whole numbers of 16 digits and more keep all of them. `undefined` when it is no JSON.
 */
export function parseJsonValue(text: string): { readonly value: unknown } | undefined {
  const safe = text.replace(/"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g, (match) =>
    match.startsWith('"') ? match : JSON.stringify({ [numberKey]: match }),
  );
  try {
    return { value: JSON.parse(safe) as unknown };
  } catch {
    return undefined;
  }
}

/** Whether two JSON values are equal; `1` equals `1.0`, numbers may differ by the tolerance. */
export function valuesMatch(left: unknown, right: unknown, tolerance: number | null): boolean {
  if (left === right) return true;
  if (typeof left === 'number' && typeof right === 'number') {
    return tolerance !== null && numbersMatch(left, right, tolerance);
  }
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    return (
      Array.isArray(left) &&
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => valuesMatch(item, right[index], tolerance))
    );
  }
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every(
      (key) =>
        Object.hasOwn(right, key) &&
        valuesMatch((left as Record<string, unknown>)[key], (right as Record<string, unknown>)[key], tolerance),
    )
  );
}
