import { RlloomError } from '@rlloom/spec';
import type { BodyResult } from './program.ts';
import type { TensorTree } from './tensor-tree.ts';

/**
 * What the body of a program's function returned, which must be there at once.
 *
 * @throws RlloomError kind `unexpected` for a promise
 */
export function checkedResult<Outputs extends TensorTree>(result: BodyResult<Outputs>): BodyResult<Outputs> {
  const promise: unknown = [result, result.outputs].find((value: unknown) => value instanceof Promise);
  if (promise === undefined) return result;
  // Whatever it fails with is a consequence.
  (promise as Promise<unknown>).catch(() => undefined);
  throw new RlloomError('unexpected', {
    what: 'the function of a program returned a promise',
    fix: 'no `async` and no `await` in it: it must only compute tensors',
  });
}
