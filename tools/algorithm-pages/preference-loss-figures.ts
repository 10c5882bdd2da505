import { preferenceLosses } from '@rlloom/core';
import { tf } from '@rlloom/tensor';
import { drawLines, type Point } from './draw-lines.ts';
import { optionsText } from './options-text.ts';

/** Which pairs a figure shows; half of the margin is the chosen completion's, half of it the rejected one's. */
interface Axis {
  readonly horizontal: string;
  /** Log-prob of either completion at margin 0, and under the reference. */
  readonly base: number;
  readonly margins: readonly number[];
}

// Steps beside the round numbers where losses have kinks.
const steps = Array.from({ length: 60 }, (_, step) => step - 29.5);
const sums: Axis = { horizontal: 'log-ratio margin, chosen − rejected (nats)', base: -40, margins: steps };
const averages: Axis = {
  horizontal: 'log-prob margin per token, chosen − rejected (nats)',
  base: -2,
  margins: steps.map((step) => step / 20),
};
// Losses whose caller gives averages per token.
const ofAverages = new Set(['alphapo', 'simpo']);

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
    const axis = ofAverages.has(name) ? averages : sums;
    figures.set(
      name,
      await drawLines({
        title: `${name}${optionsText(needed[name])}`,
        horizontal: axis.horizontal,
        panels,
        points: curve(loss as unknown as PairLossLike, axis, needed[name] ?? {}),
      }),
    );
  }
  return figures;
}

function curve(loss: PairLossLike, { base, margins }: Axis, options: object): Point[] {
  const one = (value: number) => tf.tensor1d([value]);
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
