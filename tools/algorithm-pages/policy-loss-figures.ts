import { type Aggregated, type PolicyLoss, policyLosses } from '@rlloom/core';
import { tf } from '@rlloom/tensor';
import { drawLines, type Point } from './draw-lines.ts';

// One token that the old policy gave this probability; its ratio goes as far as a probability of 0.9.
const oldProbability = 0.3;
const ratios = Array.from({ length: 75 }, (_, step) => 0.04 * (step + 1));
const signs = [1, -1] as const;
const panels = ['loss', 'gradient for the log-prob'] as const;

type AnyLoss = PolicyLoss<object, string, Record<string, tf.Tensor> & Parameters<PolicyLoss<object>>[0]>;

/** Options that a loss needs to be drawn, where its defaults are not enough. */
const needed: Readonly<Record<string, object>> = { dro: { beta: 0.5 }, flowrl: { beta: 1 } };
const overview = ['reinforce', 'ppo_clip', 'cispo', 'sapo', 'dppo_tv', 'tis', 'gmpo'];

/** A figure for every policy loss: loss and gradient of one token against its ratio, for either sign of the advantage. */
export async function policyLossFigures(): Promise<Map<string, string>> {
  const figures = new Map<string, string>();
  for (const [name, loss] of Object.entries(policyLosses)) {
    const points = signs.flatMap((sign) => curve(loss as unknown as AnyLoss, sign, needed[name] ?? {}));
    const isLarge = points.some(({ y }) => Math.abs(y) > 6);
    figures.set(
      name,
      await drawLines({
        title: `${name}: one token, log π_old = log ${oldProbability}`,
        horizontal: 'ratio π / π_old',
        panels,
        points,
        ...(!isLarge && { vertical: [-3.2, 3.2] }),
      }),
    );
  }
  figures.set('overview-policy-losses', await overviewFigure());
  return figures;
}

async function overviewFigure(): Promise<string> {
  const points = overview.flatMap((name) =>
    signs.flatMap((sign) =>
      curve(policyLosses[name as 'ppo_clip'] as unknown as AnyLoss, sign, {})
        .filter(({ panel }) => panel === panels[1])
        .map((point) => ({ ...point, panel: `advantage ${label(sign)}`, line: name })),
    ),
  );
  return drawLines({
    title: 'What pulls a token’s log-prob: the gradient of each loss',
    horizontal: 'ratio π / π_old',
    panels: signs.map((sign) => `advantage ${label(sign)}`),
    points,
    vertical: [-3.2, 3.2],
  });
}

function curve(loss: AnyLoss, sign: number, options: object): Point[] {
  const points: Point[] = [];
  tf.tidy(() => {
    // Behind every row its twin at ratio 1 with the other advantage: GVPO compares within a group.
    const twins = <Value>(own: Value, twin: Value): Value[] => [...ratios.map(() => own), ...ratios.map(() => twin)];
    const column = (values: readonly number[]) => tf.tensor2d([...values], [values.length, 1]);
    const rows = 2 * ratios.length;
    const same = (value: number) => tf.fill<tf.Rank.R2>([rows, 1], value);
    const old = Math.log(oldProbability);
    const inputs = {
      logProbs: column([...ratios.map((ratio) => Math.log(ratio) + old), ...ratios.map(() => old)]),
      oldLogProbs: same(old),
      referenceLogProbs: same(old),
      behaviorLogProbs: same(old),
      mask: same(1),
      advantages: tf.tensor1d(twins(sign, -sign)),
      rewards: tf.tensor1d(twins(Math.max(sign, 0), Math.max(-sign, 0))),
      logPartition: tf.zeros<tf.Rank.R1>([rows]),
      groups: tf.tensor1d([...ratios.keys(), ...ratios.keys()]),
      selected: same(0),
    };
    const given = { aggregation: { mode: 'token-sum' }, ...options } as Aggregated;
    const { tokenLoss } = loss.perToken(inputs, given);
    const gradient = tf.grad((x: tf.Tensor) => loss({ ...inputs, logProbs: x as tf.Tensor2D }, given).loss)(
      inputs.logProbs,
    );
    const read = (values: tf.Tensor, panel: string): Point[] =>
      Array.from(values.dataSync().slice(0, ratios.length), (value, row) => ({
        panel,
        line: `advantage ${label(sign)}`,
        x: rounded(ratios[row] as number),
        y: rounded(value),
      }));
    points.push(...read(tokenLoss, panels[0]), ...read(gradient, panels[1]));
  });
  return points;
}

const label = (sign: number): string => (sign > 0 ? '+1' : '−1');
// Backends differ in the last digits; a figure shows none of them.
const rounded = (value: number): number => Math.round(value * 1000) / 1000;
