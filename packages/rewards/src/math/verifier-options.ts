/** What an answer may look like and where it may stand. */
export type AnswerTarget = 'boxed' | 'hash' | 'latex' | 'expr' | 'choice' | 'string' | 'bracket' | 'raw';

/**
 * Options of `verifyMathAnswer`. Apart from the schema, so that a reward thread starts without zod. The names are those of
 * Math-Verify and of the suites in camelCase: `extract`, `float_rounding` is `decimalPlaces`, `strict`,
 * `allow_set_relation_comp` is `relationsAsSets`, `boxed_match_priority` is `boxedPriority`, `reasoning_delimiters`,
 * `rel_tol` is `relativeTolerance`, `strings`, `lowercase` is `ignoreCase`, `try_extract_without_anchor` is
 * `unanchored`; `bracket` is the target `bracket`.
 */
export interface MathVerifierOptions {
  /**
   * What is looked for: `boxed` = `\boxed{}`; `hash` = after `####`; `latex` = formulas between dollar signs, `\(`, `\[`, and
   * boxes; `expr` = numbers and formulas in plain text; `choice` = a letter of `strings`; `string` = one of `strings`;
   * `bracket` = `[answer]`; `raw` = the whole response is the answer.
   */
  readonly extract: readonly AnswerTarget[];
  /** When boxes are looked at: 0 = first, 50 = after "final answer is", -1 = never. */
  readonly boxedPriority: number;
  /** Whether formulas and numbers count that no phrase announces. */
  readonly unanchored: boolean;
  /** Where a side was written as a decimal number, both are rounded to this many places; `null` = exact only. */
  readonly decimalPlaces: number | null;
  /** Where a side was written as a decimal number, how far they may be apart, relative to the reference; `null` = not. */
  readonly relativeTolerance: number | null;
  /** `both`: against a plain number, 28% is 28 or 0.28. `fraction`: it is 0.28. */
  readonly percentReadings: 'both' | 'fraction';
  /** Whether names of variables matter, and whether a tuple differs from a set. */
  readonly strict: boolean;
  /** Whether `1 < x < 2` as the answer matches the interval (1, 2) of the reference. The reverse always holds. */
  readonly relationsAsSets: boolean;
  /** Whether `1, 2` without brackets is in order. */
  readonly orderedLists: boolean;
  /** Only text after the last occurrence of any of them counts, and without one there is no answer; empty = all text. */
  readonly reasoningDelimiters: readonly string[];
  /** What `choice` and `string` look for. */
  readonly strings: readonly string[];
  /** Whether `string` takes no notice of capitals. */
  readonly ignoreCase: boolean;
}

/** What `verifyMathAnswer` does when nothing is said. */
export const mathVerifierDefaults: MathVerifierOptions = {
  extract: ['boxed', 'hash', 'latex', 'expr'],
  boxedPriority: 0,
  unanchored: true,
  decimalPlaces: 6,
  relativeTolerance: null,
  percentReadings: 'both',
  strict: true,
  relationsAsSets: true,
  orderedLists: false,
  reasoningDelimiters: [],
  strings: ['A', 'B', 'C', 'D'],
  ignoreCase: true,
};
