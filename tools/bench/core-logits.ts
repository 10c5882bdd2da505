import { clippedPolicyLoss, logProbsFromLogits } from '@rlloom/core';
import { type BackendName, selectBackend, tf, valueAndGradients } from '@rlloom/tensor';
import { peakBytes } from '@rlloom/tensor/testing';
import { digest } from './core-results.ts';
import { median } from './median.ts';
import { peakResident } from './peak-resident.ts';

/** Value and gradient of a clipped policy loss from logits. */
export interface LogitsMeasurement {
  readonly ms: number;
  /** Of tensors, the gradient included, the logits not. */
  readonly peakTensorBytes: number;
  /** Of the process, in its first evaluation. */
  readonly peakBytes: number | undefined;
  readonly loss: number;
  readonly gradient: readonly [number, number];
}

/** Shape of the logits: the tokens of a micro-batch. */
export interface LogitsShape {
  readonly rows: number;
  readonly vocabulary: number;
}

type LogProbs = (logits: tf.Tensor, labels: tf.Tensor, temperature: number) => tf.Tensor;

/** Forms of the log-prob: ours, and how one writes it with tfjs's operations. */
export const logitsForms: Readonly<Record<string, LogProbs>> = {
  chunked: (logits, labels, temperature) => logProbsFromLogits(logits, labels, { temperature }),
  'tfjs logSoftmax': (logits, labels, temperature) => {
    const places = tf.stack([tf.range(0, labels.size, 1, 'int32'), labels], 1) as tf.Tensor2D;
    return tf.gatherND(tf.logSoftmax(tf.div(logits, temperature)), places);
  },
};

/** Measures one form on one backend with one thread, in a process of its own. */
export async function measureLogits(
  { backend, form }: { readonly backend: BackendName; readonly form: string },
  shape: LogitsShape,
  repetitions: number,
): Promise<LogitsMeasurement> {
  await selectBackend({ backend, threads: 1 });
  const logProbs = logitsForms[form] as LogProbs;
  // What the first call of a kernel loads is no part of the peak.
  tf.dispose(lossFromLogits(logProbs, { rows: 8, vocabulary: 64 })());
  const run = lossFromLogits(logProbs, shape);
  let result: ReturnType<typeof run> | undefined;
  let resident: number | undefined;
  const tensors = peakBytes(() => {
    resident = peakResident(() => {
      result = run();
      read(result);
    });
  });
  const gradient = digest((result?.gradients['logits'] as tf.Tensor).dataSync());
  const loss = read(result as ReturnType<typeof run>);
  tf.dispose(result);
  const times = Array.from({ length: repetitions }, () => {
    const from = performance.now();
    const again = run();
    read(again);
    const time = performance.now() - from;
    tf.dispose(again);
    return time;
  });
  return { ms: median(times), peakTensorBytes: tensors, peakBytes: resident, loss, gradient };
}

// Waits for the backend.
function read({ value, gradients }: ReturnType<typeof valueAndGradients>): number {
  tf.tidy(() => tf.slice(gradients['logits'] as tf.Tensor, [0, 0], [1, 1]).dataSync());
  return value.dataSync()[0] as number;
}

function lossFromLogits(logProbs: LogProbs, { rows, vocabulary }: LogitsShape) {
  const values = Float32Array.from(
    { length: rows * vocabulary },
    (_, place) => (((place * 7919) % 1009) / 1009) * 10 - 5,
  );
  const logits = tf.tensor2d(values, [rows, vocabulary]);
  // Some backends take the values over with the first operation.
  tf.tidy(() => tf.max(logits).dataSync());
  const labels = tf.range(0, rows, 1, 'int32');
  const shape: [number, number] = [8, rows / 8];
  const oldLogProbs = tf.fill<tf.Rank.R2>(shape, -10);
  const mask = tf.ones<tf.Rank.R2>(shape);
  const advantages = tf.sub<tf.Tensor1D>(tf.range(0, 8), 3.5);
  const evaluate = () =>
    valueAndGradients(
      (parameters) => {
        const ours = tf.reshape<tf.Rank.R2>(logProbs(parameters['logits'] as tf.Tensor, labels, 0.7), shape);
        const inputs = { logProbs: ours, oldLogProbs, advantages, mask };
        return { value: clippedPolicyLoss(inputs, { aggregation: { mode: 'token-mean' } }).loss };
      },
      { logits },
    );
  // With the values they were made from: freed in the middle of a measurement, they would hide what it takes.
  return Object.assign(evaluate, { values });
}
