import { compareMath, formatExpression, verifyMathAnswer } from '@rlloom/rewards';
import { caseOptions } from './case-options.ts';
import type { AnswerCase, LatexCase, MathCase } from './math-case.ts';
import { readSrepr } from './read-srepr.ts';

/** What the verifier said of a case. */
export interface CaseCheck {
  /** `false-positive` = a wrong answer was taken for a right one; `false-negative` = a right one was not confirmed. */
  readonly outcome: 'right' | 'false-positive' | 'false-negative';
  /** What it said of it. */
  readonly reason: string;
  /** Verifications done. */
  readonly verifications: number;
}

/** Asks the verifier about one case. */
export function checkCase(one: MathCase): CaseCheck {
  if ('latex' in one) return checkLatex(one);
  return typeof one.expected === 'boolean' ? checkAnswer(one, one.expected) : checkStrings(one, one.expected);
}

type NamedCase = AnswerCase & { readonly kind: string };

function checkAnswer({ gold, pred, config, kind }: NamedCase, expected: boolean): CaseCheck {
  const pairs = [[gold ?? '', pred ?? '']];
  if (config.symmetric === true) pairs.push([pred ?? '', gold ?? '']);
  const verdicts = pairs.map(([reference = '', answer = '']) =>
    verifyMathAnswer(answer, reference, caseOptions(config, kind)),
  );
  const wrong = verdicts.find(({ verdict }) => (verdict === 'correct') !== expected);
  const { verdict, reasons } = wrong ?? verdicts[0]!;
  return {
    outcome: wrong === undefined ? 'right' : expected ? 'false-negative' : 'false-positive',
    reason: `${verdict}: ${reasons.join('; ')}`,
    verifications: pairs.length,
  };
}

// The label is what should be found: the last of the strings is as written in the text, and none means no answer.
function checkStrings({ pred, config, kind }: NamedCase, expected: readonly string[]): CaseCheck {
  const options = caseOptions(config, kind);
  const wanted = expected.at(-1);
  const candidates = wanted === undefined ? (config.strings ?? []) : [wanted];
  const verdicts = candidates.map((one) => verifyMathAnswer(pred ?? '', one, options));
  const isFound = verdicts.some(({ verdict }) => verdict === 'correct');
  return {
    outcome: isFound === (wanted !== undefined) ? 'right' : isFound ? 'false-positive' : 'false-negative',
    reason: verdicts.map(({ verdict, reasons }) => `${verdict}: ${reasons.join('; ')}`).join(' | '),
    verifications: candidates.length,
  };
}

function checkLatex({ latex, gold_latex: printed, gold_srepr: tree }: LatexCase): CaseCheck {
  const { verdict, reasons } = compareMath(readTree(tree) ?? printed, latex);
  return {
    outcome: verdict === 'correct' ? 'right' : 'false-negative',
    reason: `${verdict}: ${reasons.join('; ')}`,
    verifications: 1,
  };
}

// The tree says what is meant, the LaTeX that sympy prints of it only nearly so.
function readTree(tree: string | undefined): string | undefined {
  if (tree === undefined || tree === '') return undefined;
  try {
    return formatExpression(readSrepr(tree));
  } catch {
    return undefined;
  }
}
