import { readFile } from 'node:fs/promises';

/** How a suite wants an answer to be found and compared, in the words of the files. */
export interface CaseConfig {
  /** `latex`, `expr`, `string`, `choice`, `boxed`; `raw` = the whole text is the answer. */
  readonly extract?: readonly string[];
  readonly gold_extract?: readonly string[];
  /** Decimals that a decimal number may be rounded to. */
  readonly float_rounding?: number;
  readonly strict?: boolean;
  /** Whether `x in [1, 2]` as the reference takes the interval alone for an answer. */
  readonly allow_set_relation_comp?: boolean;
  /** 0 = boxes before everything else. */
  readonly boxed_match_priority?: number;
  /** Text before the last one does not count, and without one there is no answer. */
  readonly reasoning_delimiters?: readonly string[];
  /** Whether the answer stands in square brackets. */
  readonly bracket?: boolean;
  /** What `string` looks for. */
  readonly strings?: readonly string[];
  readonly lowercase?: boolean;
  readonly try_extract_without_anchor?: boolean;
  readonly language?: string;
  /** The suite compares in both directions. */
  readonly symmetric?: boolean;
  /** Relative tolerance; `null` = none. */
  readonly rel_tol?: number | null;
  /** Milliseconds that one verification may take. */
  readonly limit_ms?: number;
}

/** A response against a reference; `expected` is the label, or the strings that should be found. */
export interface AnswerCase {
  readonly gold: string | null;
  readonly pred: string | null;
  readonly expected: boolean | readonly string[];
  readonly config: CaseConfig;
}

/** LaTeX against what sympy makes of it. */
export interface LatexCase {
  readonly latex: string;
  readonly gold_latex: string;
  readonly gold_srepr?: string;
}

/** A case of any of the files. */
export type MathCase = { readonly id: string; readonly kind: string } & (AnswerCase | LatexCase);

/** The sort of a file, which says what it is held to. */
export type MathLayout = 'answers' | 'derived' | 'latex-parse' | 'adversarial';

/** The cases of a file. */
export interface MathFile {
  readonly layout: MathLayout;
  readonly cases: readonly MathCase[];
}

/**
 * The cases of a file, and its layout, which the fields of the cases tell: LaTeX with its reading is `latex-parse`, a
 * budget in every case `adversarial`, kinds made by rule `derived`.
 *
 * @throws Error when it is not an array of cases, or of more than one layout
 */
export async function readMathCases(path: string): Promise<MathFile> {
  const content: unknown = JSON.parse(await readFile(path, 'utf8'));
  if (!Array.isArray(content) || content.length === 0) throw new Error('the file is not a list of cases');
  const cases = content.map((one: unknown, index) => asCase(one, index));
  return { layout: layoutOf(cases), cases };
}

function asCase(one: unknown, index: number): MathCase {
  if (typeof one !== 'object' || one === null) throw new Error(`case ${index} is not a record`);
  const { id, kind, ...fields } = one as { id?: unknown; kind?: unknown };
  const isAnswer = 'gold' in fields && 'pred' in fields && 'expected' in fields;
  if (!isAnswer && !('latex' in fields && 'gold_latex' in fields)) {
    throw new Error(`case ${index} has neither gold, pred and expected nor latex and gold_latex`);
  }
  const config = isAnswer && !('config' in fields) ? { config: {} } : {};
  const named = { id: String((id as number | undefined) ?? index), kind: typeof kind === 'string' ? kind : 'unnamed' };
  return { ...config, ...fields, ...named } as MathCase;
}

function layoutOf(cases: readonly MathCase[]): MathLayout {
  const answers = cases.filter((one) => 'gold' in one);
  if (answers.length === 0) return 'latex-parse';
  if (answers.length < cases.length) throw new Error('the file has cases of two layouts');
  if (answers.every(({ config }) => config.limit_ms !== undefined)) return 'adversarial';
  return answers.every(({ kind }) => /^(?:math500|sym)_/.test(kind)) ? 'derived' : 'answers';
}
