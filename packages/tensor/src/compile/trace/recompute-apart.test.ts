import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../../backend/select-backend.ts';
import { recompute } from '../../gradients/recompute.ts';
import { valueAndGradients } from '../../gradients/value-and-gradients.ts';
import { testBackends } from '../../testing/describe-backends.ts';
import { tf } from '../../tf.ts';
import { emitFunction } from '../graph/emit-function.ts';
import { traceFunction } from './trace-function.ts';

describe.runIf(testBackends.includes('tfjs-node'))('what is computed again (tfjs-node)', () => {
  beforeAll(async () => {
    await selectBackend({ backend: 'tfjs-node' });
  });

  it.each([false, true])('is not merged with what was computed before (XLA: %s)', (xla) => {
    const x = tf.zeros([4]);
    const tanhs = (again: boolean): number => {
      const f = (inputs: Readonly<Record<string, tf.Tensor>>) => tf.tanh(tf.tanh(inputs['x'] as tf.Tensor));
      const traced = traceFunction(
        (_, given) => {
          const loss = (p: Readonly<Record<string, tf.Tensor>>) => ({
            value: tf.sum<tf.Scalar>(again ? recompute(f, p, { only: 'compiled' }) : f(p)),
          });
          const { value, gradients } = valueAndGradients(loss, given as { readonly x: tf.Tensor });
          return { outputs: { value, gradients } };
        },
        { inputs: { x }, variables: new Map() },
        { xla, products: 'float32' },
      );
      const { nodes, functions } = emitFunction(traced, { name: 'f', variables: new Map(), xla });
      const all = [...nodes, ...functions.flatMap(({ nodeDef }) => nodeDef)];
      return all.filter(({ op }) => op === 'Tanh').length;
    };
    expect([tanhs(false), tanhs(true)]).toEqual([2, 4]);
    x.dispose();
  });
});
