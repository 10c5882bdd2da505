/** Numbers in any nesting of arrays and records. */
export type Values = number | boolean | string | null | readonly Values[] | { readonly [key: string]: Values };

/** The outcome of comparing a value with what is expected. */
export interface Comparison {
  readonly ok: boolean;
  /** Largest scaled error `|x − expected| / max(1, |expected|)`; Infinity where shapes or special values differ. */
  readonly error: number;
  /** Path of the largest error, or of the first thing that is wrong. */
  readonly where: string;
  /** What is wrong there, in words. */
  readonly reason?: string;
}

/** What a value is compared with. */
export interface Expectation {
  /** The peer's float32 run. */
  readonly expected: Values;
  /** The peer's float64 run, where there is one. */
  readonly expectedF64?: Values | undefined;
  /** Replaces the rule, for cases that divide rounding noise. */
  readonly absoluteTolerance?: number | undefined;
}

const relativeTolerance = 1e-5;

/**
 * Compares by the rule of the fixtures: `|x − expected| ≤ 1e-5 · max(1, |expected|)`, wider by twice the difference
 * where the peer's own two runs disagree. NaN matches NaN, an infinity the same infinity. Where the reference is
 * beyond float32, the infinity that it is there will do.
 */
export function compare(actual: Values | undefined, expectation: Expectation, where = ''): Comparison {
  const { expected, expectedF64 = expected } = expectation;
  if (typeof expected === 'number') {
    if (typeof actual !== 'number') return wrong(where, `expected ${expected}, got ${describe(actual)}`);
    return compareNumbers(actual, { ...expectation, expected, expectedF64: expectedF64 as number }, where);
  }
  if (Array.isArray(expected)) return compareLists(actual, expectation, where);
  if (typeof expected === 'object' && expected !== null) return compareRecords(actual, expectation, where);
  return actual === expected ? right(where) : wrong(where, `expected ${describe(expected)}, got ${describe(actual)}`);
}

function compareNumbers(
  actual: number,
  expectation: {
    readonly expected: number;
    readonly expectedF64: number;
    readonly absoluteTolerance?: number | undefined;
  },
  where: string,
): Comparison {
  const { expected, expectedF64, absoluteTolerance } = expectation;
  if (Object.is(actual, expected) || Object.is(actual, expectedF64)) return right(where);
  // The float64 run is the truth, unless it is the only one that is not finite.
  const [reference, other] = Number.isFinite(expectedF64) ? [expectedF64, expected] : [expected, expectedF64];
  if (!Number.isFinite(reference)) return wrong(where, `expected ${reference}, got ${actual}`);
  if (!Number.isFinite(actual) && Object.is(actual, Math.fround(reference))) return right(where);
  const disagreement = Number.isFinite(other) ? Math.abs(reference - other) : 0;
  const scale = Math.max(1, Math.abs(reference));
  const difference = Math.abs(actual - reference);
  const tolerance = absoluteTolerance ?? relativeTolerance * scale + 2 * disagreement;
  if (difference <= tolerance) return { ok: true, error: difference / scale, where };
  const error = Number.isFinite(difference) ? difference / scale : Number.POSITIVE_INFINITY;
  return { ok: false, error, where, reason: `expected ${reference}, got ${actual}` };
}

function compareLists(actual: Values | undefined, expectation: Expectation, where: string): Comparison {
  const expected = expectation.expected as readonly Values[];
  if (!Array.isArray(actual) || actual.length !== expected.length) {
    return wrong(where, `expected ${expected.length} entries, got ${describe(actual)}`);
  }
  const expectedF64 = expectation.expectedF64 as readonly Values[] | undefined;
  return worst(
    where,
    expected.map((value, i) =>
      compare(
        (actual as readonly Values[])[i],
        { ...expectation, expected: value, expectedF64: expectedF64?.[i] },
        `${where}[${i}]`,
      ),
    ),
  );
}

function compareRecords(actual: Values | undefined, expectation: Expectation, where: string): Comparison {
  const expected = expectation.expected as Readonly<Record<string, Values>>;
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) {
    return wrong(where, `expected a record, got ${describe(actual)}`);
  }
  const expectedF64 = expectation.expectedF64 as Readonly<Record<string, Values>> | undefined;
  const prefix = where === '' ? '' : `${where}.`;
  return worst(
    where,
    Object.entries(expected).map(([key, value]) =>
      compare(
        (actual as Readonly<Record<string, Values>>)[key],
        { ...expectation, expected: value, expectedF64: expectedF64?.[key] },
        `${prefix}${key}`,
      ),
    ),
  );
}

function worst(where: string, comparisons: readonly Comparison[]): Comparison {
  const failed = comparisons.filter(({ ok }) => !ok);
  const ranked = failed.length > 0 ? failed : comparisons;
  return ranked.reduce((a, b) => (b.error > a.error ? b : a), ranked[0] ?? right(where));
}

const right = (where: string): Comparison => ({ ok: true, error: 0, where });
const wrong = (where: string, reason: string): Comparison => ({
  ok: false,
  error: Number.POSITIVE_INFINITY,
  where,
  reason,
});

function describe(value: Values | undefined): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `${value.length} entries`;
  return JSON.stringify(value);
}
