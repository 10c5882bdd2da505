import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';

/** An equation somebody wrote into a solution: `<<48/2=24>>`. */
export interface Equation {
  /** `48/2` */
  readonly left: string;
  readonly answer: number;
  readonly numbers: readonly number[];
  readonly signs: readonly string[];
}

/** Equations that were kept, and how many were left out and why. */
export interface Equations {
  readonly kept: readonly Equation[];
  readonly read: number;
  readonly repeated: number;
  readonly notWhole: number;
  readonly tooLarge: number;
  readonly wrong: number;
}

/** Largest number that may stand in an equation or come up on the way. */
const largest = 100;

/**
 * The distinct equations of a GSM8K file: whole numbers up to 100, one to three operations, no brackets, right as
 * written. Everything else is counted.
 */
export async function readEquations(file: string): Promise<Equations> {
  const counts = { read: 0, repeated: 0, notWhole: 0, tooLarge: 0, wrong: 0 };
  const kept = new Map<string, Equation>();
  for await (const line of createInterface({ input: createReadStream(file).pipe(createGunzip()) })) {
    const { answer } = JSON.parse(line) as { answer: string };
    for (const [, left = '', right = ''] of answer.matchAll(/<<([^=<>]+)=([^<>]+)>>/g)) {
      counts.read += 1;
      const text = left.replaceAll(' ', '');
      if (!/^\d+([-+*/]\d+){1,3}$/.test(text) || !/^\d+$/.test(right.trim())) counts.notWhole += 1;
      else if (kept.has(text)) counts.repeated += 1;
      else keep(text, Number(right));
    }
  }
  return { kept: [...kept.values()], ...counts };

  function keep(text: string, answer: number): void {
    const equation = {
      left: text,
      answer,
      numbers: text.split(/[-+*/]/).map(Number),
      signs: text.match(/[-+*/]/g) ?? [],
    };
    const steps = operations(equation);
    if ([answer, ...equation.numbers].some((number) => number > largest)) counts.tooLarge += 1;
    else if (steps === undefined || steps.at(-1)?.result !== answer) counts.wrong += 1;
    else kept.set(text, equation);
  }
}

/** What kind of equation it is: the tag of its task. */
export function tagOf(equation: Equation): 'add' | 'subtract' | 'multiply' | 'divide' | 'mixed' {
  const [sign, ...more] = new Set(equation.signs);
  if (more.length > 0) return 'mixed';
  return ({ '+': 'add', '-': 'subtract', '*': 'multiply', '/': 'divide' } as const)[sign as '+'];
}

/** The digits of the largest number, and one more per further operation. */
export function difficultyOf(equation: Equation): number {
  return String(Math.max(equation.answer, ...equation.numbers)).length + equation.signs.length - 1;
}

/**
 * The equation worked out: operation by operation, products first; sums by tens and ones.
 * `48+16` → `48+10=58;58+6=64;####64`, `3*12` → `3*10=30;3*2=6;30+6=36;####36`.
 */
export function worked(equation: Equation): string {
  const lines = (operations(equation) ?? []).flatMap(({ a, sign, b, result }) => byPlaces(a, sign, b, result));
  return `${lines.join(';')};####${equation.answer}`;
}

interface Operation {
  readonly a: number;
  readonly sign: string;
  readonly b: number;
  readonly result: number;
}

// The single operations in the order they are done; undefined where one does not stay within whole numbers up to the largest.
function operations(equation: Equation): Operation[] | undefined {
  const numbers = [...equation.numbers];
  const signs = [...equation.signs];
  const done: Operation[] = [];
  while (signs.length > 0) {
    const product = signs.findIndex((sign) => sign === '*' || sign === '/');
    const at = product >= 0 ? product : 0;
    const [a = 0, b = 0, sign = ''] = [numbers[at], numbers[at + 1], signs[at]];
    const result = sign === '+' ? a + b : sign === '-' ? a - b : sign === '*' ? a * b : a / b;
    if (!Number.isInteger(result) || result < 0 || result > largest) return undefined;
    done.push({ a, sign, b, result });
    numbers.splice(at, 2, result);
    signs.splice(at, 1);
  }
  return done;
}

function byPlaces(a: number, sign: string, ...[b, result]: [number, number]): string[] {
  const [tens, ones] = [b - (b % 10), b % 10];
  const splits = tens > 0 && ones > 0;
  if (sign === '+' && splits) return [`${a}+${tens}=${a + tens}`, `${a + tens}+${ones}=${result}`];
  if (sign === '-' && splits) return [`${a}-${tens}=${a - tens}`, `${a - tens}-${ones}=${result}`];
  if (sign === '*' && splits)
    return [`${a}*${tens}=${a * tens}`, `${a}*${ones}=${a * ones}`, `${a * tens}+${a * ones}=${result}`];
  return [`${a}${sign}${b}=${result}`];
}
