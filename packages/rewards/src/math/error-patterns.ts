import { add, equals, multiply, negate, type Rational, rational, subtract } from './rational.ts';

const one = rational(1n);
const factors = [2n, 10n, 100n, 1000n].map((factor) => [factor, rational(factor)] as const);

/**
 * Names for how a wrong number relates to the right one: `sign_flipped`, `off_by_one` (whole numbers), `reciprocal`,
 * `factor_2`, `factor_10`, `factor_100`, `factor_1000` (in either direction). Hints for people, not proofs.
 *
 * @example
 * ```ts
 * errorPatterns({ numerator: -4n, denominator: 1n }, { numerator: 4n, denominator: 1n }); // => ['sign_flipped']
 * ```
 */
export function errorPatterns(answer: Rational, gold: Rational): string[] {
  const patterns: string[] = [];
  if (equals(answer, negate(gold))) patterns.push('sign_flipped');
  if (answer.denominator === 1n && gold.denominator === 1n) {
    if (equals(answer, add(gold, one)) || equals(answer, subtract(gold, one))) patterns.push('off_by_one');
  }
  if (answer.numerator === 0n || gold.numerator === 0n) return patterns;
  if (equals(multiply(answer, gold), one)) patterns.push('reciprocal');
  for (const [factor, value] of factors) {
    if (equals(answer, multiply(gold, value)) || equals(gold, multiply(answer, value)))
      patterns.push(`factor_${factor}`);
  }
  return patterns;
}
