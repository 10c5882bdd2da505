import { tf } from '../../tf.ts';
import { gatherKernel } from './gather-kernel.ts';
import { compileError } from './compile-error.ts';
import type { Trace } from './trace.ts';
import { withTrace } from './active-trace.ts';

/** The name of the backend whose kernels record instead of computing. */
const backendName = 'rlloom-trace';

// Those that write into a tensor, which a graph cannot record; what uses them does without.
const inPlace = new Set(['Uninitialized', 'WriteRows', 'ReplaceRows']);

let current: Trace | undefined;

/**
 * Runs `f` on the backend that records, with every operation going to `trace`. The kernels are those of tfjs-node: they
 * all end in TensorFlow operations.
 */
export function runTraced<Result>(trace: Trace, f: () => Result): Result {
  registerOnce();
  const before = tf.getBackend();
  const outer = current;
  current = trace;
  activate(backendName);
  try {
    return withTrace(trace, f);
  } finally {
    current = outer;
    activate(before);
  }
}

// tfjs changes to a backend that has started before its promise is returned.
function activate(name: string): void {
  void tf.setBackend(name);
  if (tf.getBackend() !== name) throw new Error(`the backend ${name} did not start`);
}

function registerOnce(): void {
  if (tf.engine().registryFactory[backendName] !== undefined) return;
  const native = tf.findBackend('tensorflow') as NodeKernelBackend;
  tf.registerBackend(backendName, () => recordingBackend(native), 0);
  for (const { kernelName, kernelFunc } of tf.getKernelsForBackend('tensorflow')) {
    if (inPlace.has(kernelName)) continue;
    tf.registerKernel({ kernelName, backendName, kernelFunc: kernelName === 'GatherV2' ? gatherKernel : kernelFunc });
  }
  void tf.findBackend(backendName);
}

/** What is used of tfjs-node's backend here. */
interface NodeKernelBackend extends tf.KernelBackend {
  readonly binding: object;
  executeSingleOutput: (name: string, attributes: OperationAttributes, inputs: tf.TensorInfo[]) => tf.Tensor;
}

type OperationAttributes = Parameters<Trace['operation']>[0]['attributes'];

function recordingBackend(native: NodeKernelBackend): tf.KernelBackend {
  const Base = native.constructor as new (binding: object, packageName: string) => NodeKernelBackend;
  const trace = (): Trace => {
    if (current === undefined) throw new Error('a tensor of a compiled function is used outside of it');
    return current;
  };
  const read = (dataId: tf.DataId): tf.backend_util.BackendValues => {
    const known = trace().constantOf(dataId);
    if (known !== undefined) return known;
    throw compileError(
      'reading a value (dataSync, data, array, a branch on it)',
      'while it is recorded there is none',
      'compute with tensors (tf.where, whileLoop), or take the number as an input',
    );
  };
  class RecordingBackend extends Base {
    override executeSingleOutput = (
      name: string,
      attributes: OperationAttributes,
      inputs: tf.TensorInfo[],
    ): tf.Tensor => trace().operation({ name, attributes, inputs, outputCount: 1 })[0] as tf.Tensor;

    executeMultipleOutputs(
      ...[name, attributes, inputs, outputCount]: [string, OperationAttributes, tf.TensorInfo[], number]
    ): tf.Tensor[] {
      return trace().operation({ name, attributes, inputs, outputCount });
    }

    override write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId {
      return trace().register(trace().constant(values, shape, dtype));
    }

    override readSync(dataId: tf.DataId): tf.backend_util.BackendValues {
      return read(dataId);
    }

    override async read(dataId: tf.DataId): Promise<tf.backend_util.BackendValues> {
      return read(dataId);
    }

    override refCount(dataId: tf.DataId): number {
      return current?.references(dataId) ?? 0;
    }

    // A kernel that hands its input on (reshape, identity) holds it once more. tfjs lets go of a tensor from outside at
    // the backend that has it.
    override incRef(dataId: tf.DataId): void {
      const owner = tf.engine().state.tensorInfo.get(dataId)?.backend ?? this;
      if (owner === this) trace().changeReferences(dataId, 1);
      else owner.incRef(dataId);
    }

    override disposeData(dataId: tf.DataId, force = false): boolean {
      return (current?.changeReferences(dataId, force ? Number.NEGATIVE_INFINITY : -1) ?? 0) <= 0;
    }

    override numDataIds(): number {
      // For tfjs's search for leaks of kernels, which has nothing to find here.
      return 0;
    }
  }
  return new RecordingBackend(native.binding, 'rlloom-trace');
}
