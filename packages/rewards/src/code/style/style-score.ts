/** What the syntax tree of a Python program says. */
export interface StyleFacts {
  /** Lines that are not empty. */
  readonly lines: number;
  /** Characters of the longest line. */
  readonly longestLine: number;
  readonly functions: number;
  /** Lines of the longest function. */
  readonly longestFunction: number;
  /** Of the most branched function: 1 + branches + further operands of `and` and `or`. */
  readonly complexity: number;
  /** Functions with a docstring. */
  readonly documented: number;
  /** Variables of functions that are set and never read; names that begin with `_` are left out. */
  readonly unusedNames: readonly string[];
  readonly unusedImports: readonly string[];
  readonly bareExcepts: number;
  readonly mutableDefaults: number;
  /** Calls of `eval` and `exec`. */
  readonly evals: number;
  readonly starImports: number;
  /** `global` statements. */
  readonly globals: number;
}

/** Where style begins to cost. */
export interface StyleLimits {
  /** Characters of a line. */
  readonly lineLength: number;
  /** Lines of a function. */
  readonly functionLines: number;
  /** Complexity of a function, see `StyleFacts`. */
  readonly complexity: number;
  readonly requireDocstring: boolean;
}

/** A score and what it was taken off for. */
export interface StyleScore {
  /** 0 to 1. */
  readonly score: number;
  /** One line for each finding, e.g. `unused names: x, y (-0.1)`. */
  readonly findings: readonly string[];
}

/**
 * The style of a program: 1 less 0.1 for each finding (at most 0.2 for one kind), never below 0. A program that does
 * not parse has 0, which the caller sees from the facts being absent.
 *
 * @example
 * ```ts
 * const facts = { lines: 3, longestLine: 20, functions: 1, longestFunction: 3, complexity: 1, documented: 0, unusedNames: ['x'],
 *   unusedImports: [], bareExcepts: 1, mutableDefaults: 0, evals: 0, starImports: 0, globals: 0 };
 * scoreStyle(facts, { lineLength: 100, functionLines: 60, complexity: 12, requireDocstring: false }).score; // => 0.8
 * ```
 */
export function scoreStyle(facts: StyleFacts, limits: StyleLimits): StyleScore {
  const undocumented = limits.requireDocstring ? facts.functions - facts.documented : 0;
  const counts: readonly (readonly [string, number])[] = [
    [`unused names: ${facts.unusedNames.join(', ')}`, facts.unusedNames.length],
    [`unused imports: ${facts.unusedImports.join(', ')}`, facts.unusedImports.length],
    ['except without a type', facts.bareExcepts],
    ['a default argument that can change', facts.mutableDefaults],
    ['eval or exec', facts.evals],
    ['import *', facts.starImports],
    ['global', facts.globals],
    [`a line of ${facts.longestLine} characters`, excess(facts.longestLine, limits.lineLength)],
    [`a function of ${facts.longestFunction} lines`, excess(facts.longestFunction, limits.functionLines)],
    [`a function of complexity ${facts.complexity}`, excess(facts.complexity, limits.complexity)],
    [`${undocumented} functions without a docstring`, undocumented],
  ];
  // In tenths, so that the sum is exact.
  const found = counts.filter(([, count]) => count > 0).map(([name, count]) => [name, Math.min(2, count)] as const);
  const cost = found.reduce((sum, [, tenths]) => sum + tenths, 0);
  return {
    score: Math.max(0, 10 - cost) / 10,
    findings: found.map(([name, tenths]) => `${name} (-${tenths / 10})`),
  };
}

/** 0 within the limit, 1 up to twice of it, 2 beyond. */
function excess(value: number, limit: number): number {
  if (value <= limit) return 0;
  return value <= 2 * limit ? 1 : 2;
}
