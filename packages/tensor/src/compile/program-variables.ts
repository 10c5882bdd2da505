import { RlloomError } from '@rlloom/spec';
import type { ParameterTree } from '../parameter-tree.ts';
import { tf } from '../tf.ts';

/** Shape and type of a variable. */
export interface VariableSpec {
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
}

/** Checks that `initial` can be added beside the variables that there are. */
export function checkNew(existing: ReadonlyMap<string, unknown>, initial: Readonly<Record<string, unknown>>): void {
  const twice = Object.keys(initial).find((name) => existing.has(name));
  if (twice === undefined) return;
  throw new RlloomError('unexpected', {
    what: `the program has a variable "${twice}" already`,
    fix: 'choose another name, or write() its value',
  });
}

/** Checks that `values` are of variables that there are, in shape and type. */
export function checkFits(variables: ReadonlyMap<string, VariableSpec>, values: ParameterTree): void {
  for (const [name, { shape, dtype }] of Object.entries(values)) {
    const variable = variables.get(name);
    if (variable === undefined) {
      throw new RlloomError('unexpected', { what: `the program has no variable "${name}"`, fix: 'add it first' });
    }
    if (variable.dtype === dtype && tf.util.arraysEqual([...variable.shape], shape)) continue;
    throw new RlloomError('unexpected', {
      what: `the variable is ${variable.dtype} of [${variable.shape.join(', ')}], its new value ${dtype} of [${shape.join(', ')}]`,
      where: `variable "${name}"`,
    });
  }
}
