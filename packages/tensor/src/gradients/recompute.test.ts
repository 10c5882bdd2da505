import { expect, it } from 'vitest';
import { compile } from '../compile/compile.ts';
import type { ParameterTree } from '../parameter-tree.ts';
import { describeBackends } from '../testing/describe-backends.ts';
import { expectNoLeaks } from '../testing/expect-no-leaks.ts';
import { expectTensorClose } from '../testing/expect-tensor-close.ts';
import { peakBytes } from '../testing/peak-bytes.ts';
import { tf } from '../tf.ts';
import { tensorOf } from '../trees/tensor-of.ts';
import { recompute } from './recompute.ts';
import { type ValueAndGradients, valueAndGradients } from './value-and-gradients.ts';

const steps = 8;

const wave = (shape: number[], phase: number): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(i + phase)),
    shape,
  );

const initial = (): ParameterTree => ({
  x: wave([64, 16], 0),
  ...Object.fromEntries(Array.from({ length: steps }, (_, i) => [`w${i}`, wave([16, 16], i)])),
});

const step = (inputs: ParameterTree): tf.Tensor => {
  const x = tensorOf(inputs, 'x');
  let y: tf.Tensor = tf.mul(tf.matMul(x, tensorOf(inputs, 'w')), tensorOf(inputs, 'factor'));
  for (let i = 0; i < 4; i++) y = tf.mul(tf.tanh(y), tf.sigmoid(y));
  return tf.add(x, y);
};

type Run = (inputs: ParameterTree) => tf.Tensor;

const chain = (run: Run) => (parameters: ParameterTree) => {
  // Freed before the gradient is taken, as what a model makes on its way is.
  const result = tf.tidy(() => {
    const factor = tf.scalar(0.5);
    let x = tensorOf(parameters, 'x');
    for (let i = 0; i < steps; i++) x = tf.tidy(() => run({ x, w: tensorOf(parameters, `w${i}`), factor }));
    return x;
  });
  return { value: tf.sum<tf.Scalar>(tf.square(result)) };
};
const again: Run = (inputs) => recompute(step, inputs);

async function read({ value, gradients }: ValueAndGradients): Promise<unknown> {
  const read = [await value.data()];
  for (const gradient of Object.values(gradients)) read.push(await gradient.data());
  tf.dispose([value, gradients]);
  return read;
}

describeBackends('recompute', () => {
  it('gives the same value and gradients, with less than half of the memory', async () => {
    const parameters = initial();
    const results: ValueAndGradients[] = [];
    const peaks = [step, again].map((run) =>
      peakBytes(() => {
        results.push(valueAndGradients(chain(run), parameters));
      }),
    );
    const [plain, second] = await Promise.all(results.map(read));
    expect(second).toEqual(plain);
    expect(peaks[1]).toBeLessThan(0.5 * (peaks[0] as number));
    tf.dispose(parameters);
  });

  it('asked for compiled programs only, just calls the function elsewhere', async () => {
    const parameters = initial();
    let runs = 0;
    const counted: Run = (inputs) =>
      recompute(
        (given) => {
          runs += 1;
          return step(given);
        },
        inputs,
        { only: 'compiled' },
      );
    const [plain, second] = [step, counted].map((run) => valueAndGradients(chain(run), parameters));
    expect(runs).toBe(steps);
    expect(await read(second as ValueAndGradients)).toEqual(await read(plain as ValueAndGradients));
    const compiled = compile((given: ParameterTree) => {
      const { value, gradients } = valueAndGradients(chain(counted), given);
      return { value, gradients, aux: {} };
    });
    runs = 0;
    tf.dispose(await compiled(parameters));
    expect(runs).toBe(tf.getBackend() === 'tensorflow' ? 2 * steps : steps);
    compiled.dispose();
    tf.dispose(parameters);
  });

  it('computes no gradient for inputs that lead to no source', () => {
    const { x, ...weights } = initial();
    let products = 0;
    const counting: Run = (inputs) => {
      const product = tf.customGrad((...given) => {
        const [a, b, save] = given as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
        save([b]);
        const gradFunc = (dy: tf.Tensor, [saved]: tf.Tensor[]) => {
          products += 1;
          return [tf.matMul(dy, saved as tf.Tensor, false, true), tf.zerosLike(saved as tf.Tensor)];
        };
        return { value: tf.matMul(a, b), gradFunc };
      });
      return product(tensorOf(inputs, 'x'), tensorOf(inputs, 'w'));
    };
    const only = { w7: tensorOf(weights, 'w7') };
    const result = valueAndGradients(
      (trained) => chain((inputs) => recompute(counting, inputs))({ x: x as tf.Tensor, ...weights, ...trained }),
      only,
    );
    expect(products).toBe(1);
    tf.dispose([result.value, result.gradients, x, weights]);
  });

  it('leaves no tensor behind, with and without a gradient', () =>
    expectNoLeaks(() => {
      const parameters = initial();
      tf.dispose(tf.tidy(() => chain(again)(parameters).value));
      const { value, gradients } = valueAndGradients(chain(again), parameters);
      tf.dispose([value, gradients, parameters]);
    }));

  it('frees everything when the second run throws', async () => {
    let runs = 0;
    const failing: Run = (inputs) =>
      recompute((own) => {
        runs += 1;
        if (runs > steps) throw new Error('on purpose');
        return step(own);
      }, inputs);
    const parameters = initial();
    const attempt = (): void => {
      valueAndGradients(chain(failing), parameters);
    };
    await expect(expectNoLeaks(attempt)).rejects.toThrow('on purpose');
    tf.dispose(parameters);
  });

  it('has a second gradient, and takes part in those of tfjs', async () => {
    // (x³)'' = 6x
    const cube: Run = ({ x }) => tf.mul(tf.mul(x as tf.Tensor, x as tf.Tensor), x as tf.Tensor);
    const first = tf.grad((x) => recompute(cube, { x }));
    const x = tf.tensor1d([2, 3]);
    const [once, twice] = tf.tidy(() => [first(x), tf.grad((y) => tf.sum(first(y)))(x)]);
    await expectTensorClose(once, [12, 27], 1e-5);
    await expectTensorClose(twice, [12, 18], 1e-5);
    tf.dispose([x, once, twice]);
  });

  it('may return an input, or take one twice', async () => {
    const x = tf.tensor1d([1, 2]);
    const { value, gradients } = valueAndGradients(
      ({ x }) => {
        const given = x as tf.Tensor;
        const same = recompute(({ a }) => a as tf.Tensor, { a: given });
        const product = recompute(({ a, b }) => tf.mul(a as tf.Tensor, b as tf.Tensor), { a: given, b: given });
        return { value: tf.sum<tf.Scalar>(tf.add(same, product)) };
      },
      { x },
    );
    await expectTensorClose(value, 8, 0);
    await expectTensorClose(tensorOf(gradients, 'x'), [3, 5], 0);
    tf.dispose([x, value, gradients]);
  });
});
