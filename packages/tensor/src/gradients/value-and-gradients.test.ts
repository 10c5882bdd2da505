import { expect, it } from 'vitest';
import { describeBackends } from '../testing/describe-backends.ts';
import { expectNoLeaks } from '../testing/expect-no-leaks.ts';
import { expectTensorClose } from '../testing/expect-tensor-close.ts';
import { tf } from '../tf.ts';
import { tensorOf } from '../trees/tensor-of.ts';
import { valueAndGradients } from './value-and-gradients.ts';

describeBackends('valueAndGradients', () => {
  it('gives value, aux and gradients, and zeros where a parameter takes no part', async () => {
    const parameters = { w: tf.tensor1d([1, 2]), unused: tf.tensor1d([3]) };
    const run = () =>
      valueAndGradients((tree) => {
        const squares = tf.square(tensorOf(tree, 'w'));
        return { value: tf.sum(squares), aux: { squares } };
      }, parameters);
    const { value, aux, gradients } = run();
    await expectTensorClose(value, 5);
    await expectTensorClose(tensorOf(aux, 'squares'), [1, 4]);
    await expectTensorClose(tensorOf(gradients, 'w'), [2, 4]);
    await expectTensorClose(tensorOf(gradients, 'unused'), [0]);
    tf.dispose([value, aux, gradients]);
    await expectNoLeaks(run);
    tf.dispose(parameters);
  });

  it('adds the gradients of every use of a parameter', async () => {
    const x = tf.tensor1d([3]);
    // f = x² + 2x·x, f' = 6x
    const { gradients } = tf.tidy(() =>
      valueAndGradients(
        (tree) => {
          const { x } = tree as { x: tf.Tensor };
          return { value: tf.sum(tf.add(tf.square(x), tf.mul(tf.mul(x, 2), x))) };
        },
        { x },
      ),
    );
    await expectTensorClose(tensorOf(gradients, 'x'), [18]);
    tf.dispose([x, gradients]);
  });

  it('takes a parameter itself as the value, and as aux', async () => {
    const x = tf.scalar(3);
    const { value, aux, gradients } = valueAndGradients(
      (tree) => ({ value: tensorOf(tree, 'x') as tf.Scalar, aux: { x: tensorOf(tree, 'x') } }),
      { x },
    );
    await expectTensorClose(tensorOf(gradients, 'x'), 1);
    tf.dispose([value, aux, gradients]);
    expect(x.isDisposed).toBe(false);
    x.dispose();
  });

  it('gives two names of one tensor a gradient each', async () => {
    const shared = tf.scalar(3);
    const { value, gradients } = valueAndGradients((tree) => ({ value: tf.square(tensorOf(tree, 'a')) as tf.Scalar }), {
      a: shared,
      b: shared,
    });
    tensorOf(gradients, 'a').dispose();
    await expectTensorClose(tensorOf(gradients, 'b'), 6);
    tf.dispose([shared, value, gradients]);
  });

  it('evaluates without parameters', async () => {
    const { value, gradients } = valueAndGradients(() => ({ value: tf.scalar(2) }), {});
    await expectTensorClose(value, 2);
    expect(gradients).toEqual({});
    value.dispose();
  });

  it('passes an upstream gradient through a custom gradient that hands it on', async () => {
    const passOn = tf.customGrad((x) => ({ value: tf.mul(x as tf.Tensor, 5), gradFunc: (dy: tf.Tensor) => dy }));
    const x = tf.tensor1d([1, 2]);
    const { value, gradients } = valueAndGradients(
      (tree) => ({ value: tf.sum(tf.square(passOn(tensorOf(tree, 'x')))) }),
      { x },
    );
    // d(25x²)/dx taken as if the inner derivative were 1: 2 · 5x
    await expectTensorClose(tensorOf(gradients, 'x'), [10, 20]);
    tf.dispose([x, value, gradients]);
  });

  it('stays out of the way of a gradient around it', async () => {
    const outer = tf.tidy(() =>
      tf.grad((x) => {
        const { gradients } = valueAndGradients((tree) => ({ value: tf.sum(tf.pow(tensorOf(tree, 'x'), 3)) }), { x });
        return tf.sum(tensorOf(gradients, 'x'));
      })(tf.tensor1d([2, 3])),
    );
    // d(3x²)/dx
    await expectTensorClose(outer, [12, 18]);
    outer.dispose();
  });

  it('refuses a value that is not a float32 scalar', async () => {
    const x = tf.tensor1d([1, 2]);
    const run = () =>
      valueAndGradients((tree) => ({ value: tf.square(tensorOf(tree, 'x')) as unknown as tf.Scalar }), { x });
    await expect(expectNoLeaks(run)).rejects.toThrow('needs a float32 scalar, got float32 of shape [2]');
    x.dispose();
  });
});
