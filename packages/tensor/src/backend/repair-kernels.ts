import { tf } from '../tf.ts';

/**
 * Puts right the kernels of a backend that tfjs has wrong for some of their inputs, by giving those inputs in a form that
 * they take.
 */
export function repairKernels(backendName: string): void {
  for (const [kernelName, repair] of Object.entries(repairs[backendName] ?? {})) {
    const stock = tf.getKernel(kernelName, backendName) as tf.KernelConfig | undefined;
    if (stock === undefined || repaired.has(stock.kernelFunc)) continue;
    const kernelFunc: tf.KernelFunc = (call) => {
      if (!repair.concerns(call as unknown as Call)) return stock.kernelFunc(call);
      return tf.tidy(() => stock.kernelFunc({ ...call, ...repair.instead(call as unknown as Call) }) as tf.Tensor);
    };
    repaired.add(kernelFunc);
    tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({ ...stock, kernelFunc });
  }
}

interface Call {
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly attrs: tf.NamedAttrMap;
}

interface Repair {
  /** Whether the kernel has it wrong. */
  readonly concerns: (call: Call) => boolean;
  /** What to give it in place of that. */
  readonly instead: (call: Call) => Partial<Pick<Parameters<tf.KernelFunc>[0], 'inputs' | 'attrs'>>;
}

const repaired = new WeakSet<tf.KernelFunc>();

// Handed on as it is, a negative axis makes wasm write beyond a tensor.
const countAxisFromFront: Repair = {
  concerns: ({ attrs }) => (attrs['axis'] as number) < 0,
  instead: ({ inputs, attrs }) => ({
    attrs: { ...attrs, axis: (attrs['axis'] as number) + (inputs['x'] as tf.Tensor).shape.length },
  }),
};

// It repeats the matrices of the smaller batch in turn, which is right only where leading axes are missing.
const broadcastMatrices: Repair = {
  concerns: ({ inputs: { a, b } }) => !tf.util.arraysEqual(batchOf(a), batchOf(b)),
  instead: ({ inputs: { a, b } }) => {
    const batch = tf.broadcast_util.assertAndGetBroadcastShape(batchOf(a), batchOf(b));
    const spread = (x: tf.Tensor): tf.Tensor => tf.broadcastTo(x, [...batch, ...x.shape.slice(-2)]);
    return { inputs: { a: spread(a as tf.Tensor), b: spread(b as tf.Tensor) } };
  },
};

function batchOf(matrices: tf.Tensor | undefined): number[] {
  return (matrices as tf.Tensor).shape.slice(0, -2);
}

// It repeats the slopes in turn, too.
const broadcastSlopes: Repair = {
  concerns: ({ inputs: { x, alpha } }) => x?.shape.join() !== alpha?.shape.join(),
  instead: ({ inputs: { x, alpha } }) => {
    const values = x as tf.Tensor;
    return { inputs: { x: values, alpha: tf.broadcastTo(alpha as tf.Tensor, values.shape) } };
  },
};

// It frees whole numbers that it is given.
const castNumbers: Repair = {
  concerns: ({ inputs: { x } }) => x?.dtype === 'int32',
  instead: ({ inputs: { x } }) => ({ inputs: { x: tf.cast(x as tf.Tensor, 'float32') } }),
};

const repairs: Readonly<Record<string, Readonly<Record<string, Repair>>>> = {
  cpu: { Cumsum: countAxisFromFront, Cumprod: countAxisFromFront, BatchMatMul: broadcastMatrices },
  wasm: { Cumsum: countAxisFromFront, Cumprod: countAxisFromFront, Prelu: broadcastSlopes },
  tensorflow: { GatherV2: countAxisFromFront, Exp: castNumbers },
};
