import { RlloomError } from '@rlloom/spec';
import { hasGraphs, tf } from '@rlloom/tensor';

/** Type in which products of matrices are computed; weights, sums and all else are float32. */
export type Products = 'float32' | 'bfloat16';

/** How the computations of a policy run. */
export interface CompileOptions {
  /** `auto`: as graphs where the active backend has them; `never`: operation by operation. Default `auto`. */
  readonly compiled?: 'auto' | 'never' | undefined;
  /** Type in which products of matrices are computed; `bfloat16` only where there are graphs. Default `float32`. */
  readonly products?: Products | undefined;
}

/**
 * Whether to compile.
 *
 * @throws RlloomError `config` for products that are computed in graphs only, where there are none
 */
export function isCompiled({ compiled = 'auto', products = 'float32' }: CompileOptions): boolean {
  const isGraph = compiled === 'auto' && hasGraphs();
  if (isGraph || products === 'float32') return isGraph;
  throw new RlloomError('config', {
    what: `products in ${products} need a backend that runs graphs, and ${
      compiled === 'auto' ? `"${tf.getBackend()}" does not` : 'compilation is off'
    }`,
    where: 'actor.dtype, sft.dtype',
    fix: 'set it to float32, or run on the native backend (rlloom setup, then --backend tfjs-node)',
  });
}
