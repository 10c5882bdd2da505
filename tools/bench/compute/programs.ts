import type { CausalLanguageModel } from '@rlloom/models';
import type { ProgramChoice } from './jobs.ts';

/** The option of generation that says whether it runs as a compiled program. */
export function generationOptions({ compiled }: ProgramChoice): { readonly compiled: 'auto' | 'never' } {
  return { compiled: compiled ? 'auto' : 'never' };
}

/** The options of a policy that say how its computations run. */
export function policyOptions(choice: ProgramChoice): {
  readonly compiled: 'auto' | 'never';
  readonly products: ProgramChoice['products'];
} {
  return { ...generationOptions(choice), products: choice.products };
}

/** @throws Error when compiled programs were asked for and the model's program has compiled nothing: a figure of something else */
export function assertCompiled(model: CausalLanguageModel, { compiled }: ProgramChoice): void {
  // Asking for the program moves the parameters into it: not where none was wanted.
  if (!compiled) return;
  const { kind, statistics } = model.program;
  if (kind === 'graph' && statistics.compilations > 0) return;
  throw new Error(`compiled programs were asked for, but nothing was compiled (the program is ${kind})`);
}
