import type { Verdict } from '@rlloom/spec';
import { withinStack } from '../within-stack.ts';
import { type CheckedEquation, checkEquation } from './check-equation.ts';
import { cutSteps } from './cut-steps.ts';
import { equationFit, type FitBudget } from './equation-fits.ts';
import { findEquations, type WrittenEquation } from './find-equations.ts';
import { type Fit, matchSteps } from './match-steps.ts';

/** One step of a response. */
export interface MathStep {
  readonly text: string;
  /** `correct` = all its calculations are right; `incorrect` = one is wrong; `unverifiable` = there is none to check. */
  readonly verdict: Verdict;
  /** Index of the reference step that it has, the first if it has several; `undefined` = none, or no reference. */
  readonly matchedGroundTruthStep: number | undefined;
}

/** What the steps of a response are worth. */
export interface MathStepsVerdict {
  readonly steps: readonly MathStep[];
  /** Different calculations that could be checked. */
  readonly equationCount: number;
  /** Right ones / checked ones; 0 when none was found. */
  readonly trueFraction: number;
  /** Reference steps found / their number; `undefined` without reference, 1 for an empty one. */
  readonly referenceFraction: number | undefined;
  /** The first calculations that are wrong, as written. */
  readonly falseEquations: readonly string[];
}

const maximumEquations = 200;
const maximumReferenceSteps = 100;
const maximumComparisons = 2000;

/**
 * Checks a solution step by step. A step is a line or a sentence; its equations, in formulas or plain text, must be true:
 * `a = b = c` pair by pair, numbers exactly (a result with two or more decimals may be rounded), formulas with variables as
 * identities. What may be a condition (`2x = 10`) and what is no calculation (`5 = 5`) is not judged; an equation counts
 * once, however often it is repeated.
 *
 * A reference step is found when the response has one of its equations, sides and operands in any order, or else a right
 * calculation with its result; a reference step without equations when its text stands in the response. Each is used
 * once, and so is each equation of the response, in whatever order they come.
 *
 * @example
 * ```ts
 * const checked = verifyMathSteps('48/2 = 24.\n48 + 24 = 73', ['24 + 48 = 72', '48/2 = 24']);
 * checked.steps.map(({ verdict }) => verdict); // => ['correct', 'incorrect']
 * checked.steps[0]?.matchedGroundTruthStep; // => 1
 * checked.referenceFraction; // => 0.5
 * ```
 */
export function verifyMathSteps(response: string, referenceSteps?: readonly string[]): MathStepsVerdict {
  const steps = readSteps(response);
  const checked = [
    ...new Map(steps.flatMap(({ equations }) => equations.filter(isJudged)).map((one) => [one.written, one])).values(),
  ];
  const falseOnes = checked.filter(({ truth }) => truth === 'false');
  const matched = referenceSteps === undefined ? undefined : matchReference(response, steps, referenceSteps);
  return {
    steps: steps.map(({ text, equations }, index) => ({
      text,
      verdict: verdictOf(equations),
      matchedGroundTruthStep: matched?.byStep[index],
    })),
    equationCount: checked.length,
    trueFraction: checked.length === 0 ? 0 : 1 - falseOnes.length / checked.length,
    referenceFraction: matched?.fraction,
    falseEquations: falseOnes.slice(0, 3).map(({ written }) => written),
  };
}

interface ReadStep {
  readonly text: string;
  readonly equations: readonly CheckedEquation[];
}

function readSteps(text: string): ReadStep[] {
  let left = maximumEquations;
  return cutSteps(text).map((step) => {
    const written = left > 0 ? findEquations(step).slice(0, left) : [];
    left -= written.length;
    return { text: step, equations: written.map(checkWithinStack).filter((one) => one !== undefined) };
  });
}

function checkWithinStack(equation: WrittenEquation): CheckedEquation | undefined {
  return withinStack(() => checkEquation(equation));
}

function isJudged({ truth }: CheckedEquation): boolean {
  return truth === 'true' || truth === 'false';
}

function verdictOf(equations: readonly CheckedEquation[]): Verdict {
  const judged = equations.filter(isJudged);
  if (judged.length === 0) return 'unverifiable';
  return judged.some(({ truth }) => truth === 'false') ? 'incorrect' : 'correct';
}

interface MatchedReference {
  /** Per step of the response its reference step. */
  readonly byStep: readonly (number | undefined)[];
  readonly fraction: number;
}

function matchReference(response: string, steps: readonly ReadStep[], written: readonly string[]): MatchedReference {
  if (written.length === 0) return { byStep: steps.map(() => undefined), fraction: 1 };
  const references = written.slice(0, maximumReferenceSteps).map((text) => ({
    text: plainText(text),
    equations: cutSteps(text)
      .flatMap(findEquations)
      .map(checkWithinStack)
      .filter((one) => one !== undefined),
  }));
  // Each equation of the response is a piece, and each step as words.
  const pieces = steps.flatMap(({ text, equations }, step) => [
    ...equations.map((equation) => ({ step, equation, text: undefined })),
    { step, equation: undefined, text: plainText(text) },
  ]);
  const budget: FitBudget = { comparisons: maximumComparisons };
  const fits = pieces.map(({ equation, text }) =>
    references.map((reference): Fit => {
      if (equation === undefined) return reference.equations.length === 0 && text.includes(reference.text) ? 2 : 0;
      return reference.equations.reduce<Fit>((best, one) => {
        const fit = best === 2 ? best : (withinStack(() => equationFit(equation, one, budget)) ?? 0);
        return fit > best ? fit : best;
      }, 0);
    }),
  );
  const matches = matchSteps(fits, references.length);
  const byStep = steps.map((_, step) => {
    const found = matches.filter((match, piece) => match !== undefined && pieces[piece]!.step === step);
    return found.length === 0 ? undefined : Math.min(...found.map((match) => match!));
  });
  // A reference without equations may reach over several of our steps.
  const whole = plainText(response);
  const found = references.filter(
    (reference, index) =>
      matches.includes(index) || (reference.equations.length === 0 && whole.includes(reference.text)),
  );
  return { byStep, fraction: found.length / written.length };
}

function plainText(text: string): string {
  return text
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/[.!?\s]+$/, '')
    .trim();
}
