import { cleanMath } from './clean-math.ts';
import { evaluateArithmetic } from './evaluate-arithmetic.ts';
import { equals, formatRational, type Rational, roundsTo } from './rational.ts';

/** An equation found in a text. */
interface Equation {
  readonly written: string;
  readonly isTrue: boolean;
  /** The numbers of the left side, sorted, and the result: `48+24=72` and `24 + 48 = 72` have the same one. */
  readonly key: string;
  readonly result: Rational;
}

/** What the steps of a response are worth. */
export interface StepCheck {
  /** Different equations found. */
  readonly equationCount: number;
  /** True ones / found ones; 0 when none was found. */
  readonly trueFraction: number;
  /** Steps of the reference solution found / their number; `undefined` without reference steps. */
  readonly referenceFraction: number | undefined;
  /** The first equations that are false. */
  readonly falseEquations: readonly string[];
}

/** Equations looked at, and characters on each side of `=`. */
const maximumEquations = 200;
const window = 120;

/**
 * Checks the intermediate calculations of a response: every `a op b = c` with numbers only, exactly (a result with
 * two or more decimals may be rounded). An equation counts once, however often it is repeated, and one without an
 * operation (`5 = 5`) does not count. A reference step is found when one of its equations is (in any order of
 * operands), or, for a step without equations, when its text is.
 */
export function checkSteps(response: string, referenceSteps: readonly string[] | undefined): StepCheck {
  const equations = findEquations(response);
  const falseOnes = equations.filter(({ isTrue }) => !isTrue);
  return {
    equationCount: equations.length,
    trueFraction: equations.length === 0 ? 0 : 1 - falseOnes.length / equations.length,
    referenceFraction: referenceSteps === undefined ? undefined : fractionFound(response, equations, referenceSteps),
    falseEquations: falseOnes.slice(0, 3).map(({ written }) => written),
  };
}

function fractionFound(response: string, equations: readonly Equation[], steps: readonly string[]): number {
  if (steps.length === 0) return 1;
  const keys = new Set(equations.filter(({ isTrue }) => isTrue).map(({ key }) => key));
  const text = plainText(response);
  const isFound = (step: string): boolean => {
    const wanted = findEquations(step);
    return wanted.length > 0 ? wanted.some(({ key }) => keys.has(key)) : text.includes(plainText(step));
  };
  return steps.filter(isFound).length / steps.length;
}

function findEquations(text: string): Equation[] {
  // Calculator notes (`<<48/2=24>>`) repeat what stands beside them; a text may also have only the notes.
  const clean = flattenFractions(cleanMath(text.slice(-20_000).replace(/<<|>>/g, ' ; ')));
  const found = new Map<string, Equation>();
  let seen = 0;
  for (let at = clean.indexOf('='); at !== -1 && seen < maximumEquations; at = clean.indexOf('=', at + 1)) {
    seen++;
    const equation = equationAt(clean, at);
    if (equation !== undefined && !found.has(equation.written)) found.set(equation.written, equation);
  }
  return [...found.values()];
}

function equationAt(text: string, at: number): Equation | undefined {
  const before = text.slice(Math.max(0, at - window), at);
  const after = text.slice(at + 1, at + 1 + window);
  // Marks followed by space end a clause; inside a number they are not.
  const leftText = (/[-+*/^().,\d\s]+$/.exec(before)?.[0] ?? '').split(/[.,]\s+/).at(-1) ?? '';
  const rightText = (/^[-+*/^().,\d\s]+/.exec(after)?.[0] ?? '').split(/[.,](?=\s|$)/)[0] ?? '';
  // A part of a formula with letters in it is no equation: "x + 143 = 200", "12 = 3y", "5 = 20 / x".
  const isPart =
    /^\s*[-+*/^)]/.test(leftText) && /[A-Za-z0-9}%]\s*$/.test(before.slice(0, before.length - leftText.length));
  const isCut = /[-+*/^(]\s*$/.test(rightText) || /^[A-Za-z](?![A-Za-z])/.test(after.slice(rightText.length));
  if (isPart || isCut) return undefined;
  const left = side(leftText.replace(/^(?:[\s,)]|\.(?!\d))+/, ''));
  const right = side(rightText.replace(/[\s.,]+$/, ''));
  if (left === undefined || right === undefined || !(left.calculated || right.calculated)) return undefined;
  const [sum, result] = left.calculated ? [left, right] : [right, left];
  const rounds =
    result.decimals !== undefined && result.decimals >= 2 && roundsTo(sum.value, result.value, result.decimals);
  const numbers = sum.text.match(/\d+(?:\.\d+)?/g) ?? [];
  return {
    written: `${left.text}=${right.text}`,
    isTrue: equals(left.value, right.value) || rounds,
    key: `${numbers.sort().join(' ')} = ${formatRational(result.value)}`,
    result: result.value,
  };
}

interface Side {
  readonly text: string;
  readonly value: Rational;
  readonly decimals: number | undefined;
  readonly calculated: boolean;
}

function side(written: string): Side | undefined {
  const text = written.trim();
  if (text === '') return undefined;
  const result = evaluateArithmetic(text);
  if ('problem' in result || text.slice(result.end).trim() !== '') return undefined;
  const { value, decimals, calculated } = result;
  return { text: text.replace(/\s+/g, ''), value, decimals, calculated };
}

function flattenFractions(text: string): string {
  return text
    .replace(/\\frac\s*\{([^{}]{1,40})\}\s*\{([^{}]{1,40})\}/g, '(($1)/($2))')
    .replace(/\^\{([^{}]{1,20})\}/g, '^($1)');
}

function plainText(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ').trim();
}
