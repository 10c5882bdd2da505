import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../../backend/select-backend.ts';
import { testBackends } from '../../testing/describe-backends.ts';
import { tf } from '../../tf.ts';
import { kernelCalls as entries } from './kernel-calls.ts';
import { gradientOfCall } from './kernel-calls/gradient-of-call.ts';
import type { GivenTensors, KernelCall } from './kernel-calls/kernel-call.ts';
import { type BindingAttribute, decodeAttributes, plainAttributes } from './operation-attributes.ts';
import type { OperationAttributes, TracedValue } from './operation-rule.ts';
import { operationRules } from './operation-rules.ts';
import { refusedOperations } from './refused-operations.ts';

/** An operation as TensorFlow ran it. */
interface Executed {
  readonly operation: string;
  readonly inputs: readonly TracedValue[];
  readonly attributes: OperationAttributes;
  readonly outputs: readonly { readonly shape: readonly number[]; readonly dtype: string }[];
}

type Execute = (
  ...call: [operation: string, attributes: BindingAttribute[], inputs: tf.Tensor[], outputs?: number]
) => unknown;

interface NativeBackend {
  executeSingleOutput: Execute;
  executeMultipleOutputs: Execute;
  readSync(dataId: tf.DataId): ArrayLike<number>;
}

/** What TensorFlow runs while `run` does. Constants are those tensors that no operation made, but for `given`. */
function watch(given: readonly tf.Tensor[], run: () => void): Executed[] {
  const native = tf.backend() as unknown as NativeBackend;
  const executed: Executed[] = [];
  const computed = new WeakSet<object>(given.map(({ dataId }) => dataId));
  const watching =
    (original: Execute): Execute =>
    (...[operation, attributes, inputs, outputs]) => {
      const known = inputs.map(({ shape, dtype, dataId }) => {
        const isConstant = !computed.has(dataId) && dtype !== 'string';
        return { shape, dtype, constant: isConstant ? native.readSync(dataId) : undefined };
      });
      const result = original.call(native, operation, attributes, inputs, outputs);
      const results = [result].flat() as tf.Tensor[];
      for (const { dataId } of results) computed.add(dataId);
      executed.push({
        operation,
        inputs: known,
        attributes: plainAttributes(decodeAttributes(attributes)),
        outputs: results.map(({ shape, dtype }) => ({ shape: [...shape], dtype })),
      });
      return result;
    };
  const { executeSingleOutput, executeMultipleOutputs } = native;
  Object.assign(native, {
    executeSingleOutput: watching(executeSingleOutput),
    executeMultipleOutputs: watching(executeMultipleOutputs),
  });
  try {
    tf.tidy(run);
  } finally {
    Object.assign(native, { executeSingleOutput, executeMultipleOutputs });
  }
  return executed;
}

function inferred({ operation, inputs, attributes }: Executed): unknown {
  const outputs = operationRules[operation]?.infer(inputs, attributes);
  return outputs?.map(({ shape, dtype }) => ({ shape: [...shape], dtype }));
}

function execute(entry: KernelCall): Executed[] {
  const inputs = entry.inputs();
  try {
    return watch(inputs, () => {
      entry.call(...(inputs as GivenTensors));
      if (entry.gradient) gradientOfCall(entry, inputs);
    });
  } finally {
    tf.dispose(inputs);
  }
}

// Those of this package that write into a tensor, for which the compiler has its own.
const notCalled = ['ReplaceRows', 'Uninitialized', 'WriteRows'];

describe.skipIf(!testBackends.includes('tfjs-node'))('operations that TensorFlow runs (skipped without it)', () => {
  beforeAll(async () => {
    await selectBackend({ backend: 'tfjs-node' });
  });

  it.each(entries)('$kernel, $name: shapes and types are as inferred', (entry) => {
    const executed = execute(entry);
    for (const one of executed) {
      if (Object.hasOwn(refusedOperations, one.operation)) continue;
      expect([one.operation, inferred(one)]).toEqual([one.operation, one.outputs]);
    }
    expect(executed.some(({ operation }) => Object.hasOwn(refusedOperations, operation))).toBe(entry.refused);
  });

  it('covers every kernel of tfjs-node', async () => {
    const run = new Set<string>();
    for (const entry of entries) {
      const { kernelNames } = await tf.profile(() => {
        execute(entry);
        return [];
      });
      for (const kernel of kernelNames) run.add(kernel);
    }
    const kernels = tf.getKernelsForBackend('tensorflow').map(({ kernelName }) => kernelName);
    expect(kernels.filter((kernel) => !run.has(kernel) && !notCalled.includes(kernel))).toEqual([]);
    expect(entries.filter(({ kernel }) => !run.has(kernel)).map(({ kernel }) => kernel)).toEqual([]);
  });
});
