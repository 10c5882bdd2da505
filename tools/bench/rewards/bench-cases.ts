import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type AnswerCase, readMathCases } from '../../conformance/math/math-case.ts';

/** A case that both sides verify. */
export type BenchCase = AnswerCase & {
  readonly kind: string;
  readonly gold: string;
  readonly pred: string;
  readonly expected: boolean;
};

/**
 * The cases of a folder that both sides understand alike: a response and a reference, in which formulas and numbers are
 * looked for. Without those made to break a verifier: their time is a limit, no speed.
 *
 * @throws Error when there are none
 */
export async function readBenchCases(folder: string): Promise<BenchCase[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json')).toSorted();
  const files = await Promise.all(names.map((name) => readMathCases(join(folder, name))));
  const cases = files
    .filter(({ layout }) => layout === 'answers' || layout === 'derived')
    .flatMap((file) => file.cases)
    .filter((one): one is typeof one & BenchCase => 'gold' in one && isBoth(one));
  if (cases.length === 0) throw new Error(`no cases of answers under ${folder}: say with --cases where some are`);
  return cases;
}

function isBoth({ gold, pred, expected, config }: AnswerCase): boolean {
  const known = config.extract?.every((way) => way === 'latex' || way === 'expr') ?? false;
  return known && gold !== null && pred !== null && typeof expected === 'boolean' && config.bracket !== true;
}
