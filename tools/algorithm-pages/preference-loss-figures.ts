import { preferenceLosses } from '@rlloom/core';
import { tf } from '@rlloom/tensor';
import { drawLines, type Point } from './draw-lines.ts';

// How much further than the reference the policy prefers the chosen completion, in nats; half of it each way.
const margins = Array.from({ length: 61 }, (_, step) => step - 30);

interface PairLossLike {
  (inputs: Readonly<Record<string, tf.Tensor>>, options: object): { readonly loss: tf.Scalar };
  readonly perPair: unknown;
}

const needed: Readonly<Record<string, object>> = {
  exo_pair: { labelSmoothing: 0.1 },
  cdpo: { labelSmoothing: 0.1 },
  robust: { labelSmoothing: 0.1 },
};
// Losses of one completion, or of further samples: no function of the margin alone.
const notOfMargins = new Set(['sft', 'xpo', 'orpo', 'aot', 'aot_unpaired']);
const panels = ['loss', 'gradient for the margin'] as const;

/** A figure for every loss of single pairs: loss and gradient against the margin between chosen and rejected. */
export async function preferenceLossFigures(): Promise<Map<string, string>> {
  const figures = new Map<string, string>();
  for (const [name, loss] of Object.entries(preferenceLosses)) {
    if (!('perPair' in loss) || notOfMargins.has(name)) continue;
    figures.set(
      name,
      await drawLines({
        title: `${name}: one pair, default options`,
        horizontal: 'log-ratio margin, chosen − rejected (nats)',
        panels,
        points: curve(loss as unknown as PairLossLike, needed[name] ?? {}),
      }),
    );
  }
  return figures;
}

function curve(loss: PairLossLike, options: object): Point[] {
  const one = (value: number) => tf.tensor1d([value]);
  const base = -40;
  const value = (margin: tf.Tensor) => {
    const inputs = {
      chosenLogProbs: tf.add(tf.mul(margin, 0.5), base),
      rejectedLogProbs: tf.add(tf.mul(margin, -0.5), base),
      referenceChosenLogProbs: one(base),
      referenceRejectedLogProbs: one(base),
      chosenLengths: one(1),
      rejectedLengths: one(1),
    };
    return loss(inputs, options).loss as tf.Tensor;
  };
  const points: Point[] = [];
  for (const margin of margins) {
    tf.tidy(() => {
      const { value: height, grad } = tf.valueAndGrad(value)(one(margin));
      for (const [panel, tensor] of [
        [panels[0], height],
        [panels[1], grad],
      ] as const) {
        points.push({ panel, line: 'pair', x: margin, y: Number((tensor.dataSync()[0] ?? Number.NaN).toPrecision(4)) });
      }
    });
  }
  return points;
}
