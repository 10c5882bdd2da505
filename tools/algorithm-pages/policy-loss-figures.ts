import { type Aggregated, type PolicyLoss, policyLosses } from '@rlloom/core';
import { tf } from '@rlloom/tensor';
import { drawLines, type Point } from './draw-lines.ts';
import { optionsText } from './options-text.ts';

// One token that the old policy gave this probability; its ratio goes as far as a probability of 0.9. The ratios lie
// beside the round numbers where losses have kinks.
const oldProbability = 0.3;
const ratios = Array.from({ length: 75 }, (_, step) => 0.04 * step + 0.02);
const signs = [1, -1] as const;
const panels = ['loss', 'gradient for the log-prob'] as const;

type AnyLoss = PolicyLoss<object, string, Record<string, tf.Tensor> & Parameters<PolicyLoss<object>>[0]>;

/** Options that a loss needs to be drawn, where its defaults are not enough. */
const needed: Readonly<Record<string, object>> = { dro: { beta: 0.5 }, flowrl: { beta: 1 } };

/** A line of an overview: a loss of the catalogue with options. */
interface Curve {
  readonly name: keyof typeof policyLosses;
  readonly options?: object;
}

const overviews: Readonly<Record<string, { readonly title: string; readonly curves: readonly Curve[] }>> = {
  'overview-clipped-ratios': {
    title: 'Losses that clip or mask the ratio: gradient for the log-prob',
    curves: [
      { name: 'ppo_clip' },
      { name: 'ppo_clip', options: { clipRatioHigh: 0.28 } },
      { name: 'ppo_clip', options: { clipRatioC: 2 } },
      { name: 'gspo' },
      { name: 'gmpo' },
      { name: 'dppo_tv' },
    ],
  },
  'overview-weighted-log-probs': {
    title: 'Losses that weight the log-prob: gradient for the log-prob',
    curves: [
      { name: 'reinforce' },
      { name: 'cispo' },
      { name: 'sapo' },
      { name: 'tis' },
      { name: 'topr' },
      { name: 'vespo' },
    ],
  },
};

/** A figure for every policy loss: loss and gradient of one token against its ratio, for either sign of the advantage. */
export async function policyLossFigures(): Promise<Map<string, string>> {
  const figures = new Map<string, string>();
  for (const [name, loss] of Object.entries(policyLosses)) {
    const points = signs.flatMap((sign) => curve(loss as unknown as AnyLoss, sign, needed[name] ?? {}));
    const isLarge = points.some(({ y }) => Math.abs(y) > 6);
    figures.set(
      name,
      await drawLines({
        title: `${name}${optionsText(needed[name])}`,
        horizontal: 'ratio π / π_old',
        panels,
        points,
        ...(!isLarge && { vertical: [-3.2, 3.2] }),
      }),
    );
  }
  for (const [name, { title, curves }] of Object.entries(overviews)) {
    figures.set(name, await overviewFigure(title, curves));
  }
  return figures;
}

async function overviewFigure(title: string, curves: readonly Curve[]): Promise<string> {
  const points = curves.flatMap(({ name, options = {} }) =>
    signs.flatMap((sign) =>
      curve(policyLosses[name] as unknown as AnyLoss, sign, options)
        .filter(({ panel }) => panel === panels[1])
        .map((point) => ({ ...point, panel: `advantage ${label(sign)}`, line: `${name}${optionsText(options)}` })),
    ),
  );
  return drawLines({
    title,
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
