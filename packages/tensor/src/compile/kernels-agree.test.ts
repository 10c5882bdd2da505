import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../backend/select-backend.ts';
import { testBackends } from '../testing/describe-backends.ts';
import { expectTensorClose } from '../testing/expect-tensor-close.ts';
import { tf } from '../tf.ts';
import { compile } from './compile.ts';
import { kernelCalls } from './operations/kernel-calls.ts';
import { gradientOfCall } from './operations/kernel-calls/gradient-of-call.ts';
import type { GivenTensors, KernelCall } from './operations/kernel-calls/kernel-call.ts';

/** Tensors by place, as inputs and outputs of a compiled function. */
type Places = Record<string, tf.Tensor>;

function byPlace(tensors: readonly tf.Tensor[]): Places {
  return Object.fromEntries(tensors.map((tensor, i) => [`at${i}`, tensor]));
}

function results({ call }: KernelCall, inputs: Places): Places {
  return byPlace([call(...(Object.values(inputs) as GivenTensors))].flat());
}

function gradients(entry: KernelCall, inputs: Places): Places {
  return gradientOfCall(entry, Object.values(inputs));
}

type Compute = (entry: KernelCall, inputs: Places) => Places;

async function expectAgreement(compute: Compute, entry: KernelCall, { xla }: { xla: boolean }): Promise<void> {
  const inputs = byPlace(entry.inputs());
  const f = (given: Places): Places => compute(entry, given);
  const compiled = compile(f, { xla });
  try {
    const expected = tf.tidy(() => f(inputs));
    const actual = await compiled(inputs);
    expect(describeTensors(actual)).toEqual(describeTensors(expected));
    for (const [place, tensor] of Object.entries(expected)) {
      await expectSame(actual[place] as tf.Tensor, tensor, xla ? 1e-5 : 1e-6);
    }
    tf.dispose([actual, expected]);
  } finally {
    compiled.dispose();
    tf.dispose(inputs);
  }
}

function describeTensors(tensors: Places): unknown {
  return Object.fromEntries(Object.entries(tensors).map(([place, { shape, dtype }]) => [place, [dtype, ...shape]]));
}

async function expectSame(actual: tf.Tensor, expected: tf.Tensor, tolerance: number): Promise<void> {
  const values = await expected.data();
  if (expected.dtype === 'float32') {
    const flat = tf.reshape(actual, [actual.size]);
    await expectTensorClose(flat, values, tolerance);
    flat.dispose();
  } else {
    expect(await actual.data()).toEqual(values);
  }
}

const compiledCalls = kernelCalls.filter(({ refused }) => !refused);
const gradientCalls = compiledCalls.filter(({ gradient }) => gradient);

// XLA has none of these, or not their gradient.
const notInXla = ['CropAndResize', 'Dilation2D', 'StaticRegexReplace'];
const gradientNotInXla = [...notInXla, 'ResizeNearestNeighbor'];

describe.skipIf(!testBackends.includes('tfjs-node'))('compiled kernels (skipped without TensorFlow)', () => {
  beforeAll(async () => {
    await selectBackend({ backend: 'tfjs-node' });
  });

  it.each(compiledCalls)('$kernel, $name: compute what they compute at once', (entry) =>
    expectAgreement(results, entry, { xla: false }),
  );

  it.each(gradientCalls)('$kernel, $name: have the same gradient', (entry) =>
    expectAgreement(gradients, entry, { xla: false }),
  );

  it.each(compiledCalls.filter(({ kernel }) => !notInXla.includes(kernel)))('$kernel, $name: with XLA', (entry) =>
    expectAgreement(results, entry, { xla: true }),
  );

  it.each(gradientCalls.filter(({ kernel }) => !gradientNotInXla.includes(kernel)))(
    '$kernel, $name: the gradient with XLA',
    (entry) => expectAgreement(gradients, entry, { xla: true }),
  );

  it.each(kernelCalls.filter(({ refused }) => refused))('$kernel, $name: are refused by name', async (entry) => {
    const inputs = byPlace(entry.inputs());
    const compiled = compile((given: Places) => results(entry, given));
    await expect(compiled(inputs)).rejects.toThrow(/values|random/);
    compiled.dispose();
    tf.dispose(inputs);
  });
});
