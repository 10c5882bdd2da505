import { complexFunctions } from '../expression/complex-functions.ts';

const functionsOfSeveral = new Set([
  'log',
  'Max',
  'Min',
  'Mod',
  'gcd',
  'lcm',
  'binomial',
  'det',
  'sqrt',
  'Abs',
  'factorial',
]);

/** Whether a function is known; others have some value that depends on their arguments. */
export function isKnownFunction(name: string): boolean {
  return functionsOfSeveral.has(name) || Object.hasOwn(complexFunctions, name);
}
