import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import { describe, expect, it } from 'vitest';
import { generalizedAdvantages } from '../advantages/generalized-advantages.ts';
import { groupRelativeAdvantages } from '../advantages/group-relative-advantages.ts';
import { leaveOneOutAdvantages } from '../advantages/leave-one-out-advantages.ts';
import { leaveOneOutNormalizedAdvantages } from '../advantages/leave-one-out-normalized-advantages.ts';
import { whitenOverTokens } from '../advantages/whiten-over-tokens.ts';
import { klEstimate } from '../kl/kl-estimate.ts';
import { aggregateLoss } from '../losses/aggregate-loss.ts';
import { cispoLoss } from '../losses/cispo-loss.ts';
import { clippedPolicyLoss } from '../losses/clipped-policy-loss.ts';
import { clippedValueLoss } from '../losses/clipped-value-loss.ts';
import { overlongPenalty } from '../shaping/overlong-penalty.ts';
import { diffPresets } from './diff-presets.ts';
import { type PresetName, presets } from './presets.ts';

const names = Object.keys(presets) as PresetName[];

describe('diffPresets', () => {
  it('says what two libraries decide differently', () => {
    expect(diffPresets('as-verl', 'as-trl')).toEqual([
      { policy: 'groupRelative.epsilon', a: 1e-6, b: 1e-4 },
      { policy: 'groupRelative.singleton', a: 'reward', b: 'zero' },
      { policy: 'leaveOneOut.singleton', a: 'reward', b: 'zero' },
      { policy: 'gae.lambda', a: 1, b: 0.95 },
      { policy: 'gae.gaps', a: 'carry', b: 'zero' },
      { policy: 'clippedPolicy.clipRatioC', a: 3, b: null },
      { policy: 'clippedPolicy.logRatioClamp', a: 20, b: null },
      { policy: 'cispo.clipRatioLow', a: 0.2, b: null },
      { policy: 'cispo.clipRatioHigh', a: 0.2, b: 4 },
      { policy: 'klEstimate.inputClamp', a: 20, b: null },
      { policy: 'klEstimate.outputClamp', a: 10, b: null },
      { policy: 'kl.coefficient', a: 0.001, b: 0 },
      { policy: 'value.clipRange', a: 0.5, b: 0.2 },
      { policy: 'ipo', a: null, b: 'average' },
      { policy: 'overlong', a: 'linear', b: 'flat' },
    ]);
  });

  it('is empty for the same, takes changed presets, and shows a part that one lacks', () => {
    expect(names.map((name) => diffPresets(name, presets[name]).length)).toEqual(names.map(() => 0));
    expect(diffPresets('as-verl', { ...presets['as-verl'], aggregation: 'token-sum' })).toEqual([
      { policy: 'aggregation', a: 'token-mean', b: 'token-sum' },
    ]);
    expect(diffPresets('as-verl', 'as-openrlhf')).toContainEqual({ policy: 'cispo.clipRatioLow', a: 0.2, b: null });
  });

  it('names no two libraries the same', () => {
    const pairs = names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b] as const));
    expect(pairs.filter(([a, b]) => diffPresets(a, b).length === 0)).toEqual([]);
  });

  it('refuses an unknown name', () => {
    expect(() => diffPresets('as-verl', 'as-nothing' as PresetName)).toThrow('unknown preset as-nothing');
  });
});

// One input per row, the number each library makes of it.
describeBackends('the numbers that differ', () => {
  const table = (of: (name: PresetName) => number) => Object.fromEntries(names.map((name) => [name, of(name)]));
  const row = (...values: readonly number[]) => tf.tensor2d([[...values]]);
  const about = (numbers: Readonly<Record<PresetName, number>>) =>
    Object.fromEntries(
      Object.entries(numbers).map(([name, value]): [string, unknown] => [name, expect.closeTo(value, 4)]),
    );

  it('advantage of a group that nearly agrees', () => {
    // deviation 7.07e-5 of 0 and 1e-4; the others of two samples are one, without a deviation
    const advantage = (name: PresetName) => {
      const estimate = { grpo: groupRelativeAdvantages, grpo_leave_one_out: leaveOneOutNormalizedAdvantages };
      return estimate[presets[name].groupEstimator]([1e-4, 0], presets[name].groupRelative)[0] ?? Number.NaN;
    };
    const deviation = Math.SQRT1_2 * 1e-4;
    expect(table(advantage)).toEqual(
      about({
        'as-verl': 5e-5 / (deviation + 1e-6),
        'as-trl': 5e-5 / (deviation + 1e-4),
        'as-openrlhf': 5e-5 / (deviation + 1e-9),
        'as-roll': 5e-5 / (deviation + 1e-6),
        'as-areal': 5e-5 / (deviation + 1e-5),
        'as-slime': 5e-5 / (deviation + 1e-6),
        'as-nemo-rl': 1e-4,
      }),
    );
  });

  it('advantage of a lone sample, GRPO and RLOO', () => {
    expect(table((name) => groupRelativeAdvantages([2], presets[name].groupRelative)[0] ?? Number.NaN)).toEqual(
      about({
        'as-verl': 2,
        'as-trl': 0,
        'as-openrlhf': 0,
        'as-roll': 0,
        'as-areal': 0,
        'as-slime': 0,
        'as-nemo-rl': 0,
      }),
    );
    expect(leaveOneOutAdvantages([2], presets['as-verl'].leaveOneOut)).toEqual([2]);
    expect(leaveOneOutAdvantages([2], presets['as-trl'].leaveOneOut)).toEqual([0]);
  });

  it('advantage before a gap of masked tokens', () => {
    // λ 0, so that the next value alone counts: 2 carried over the gap, or the gap's own as 0
    const inputs = { tokenRewards: [[0, 0, 1]], values: [[0, 4, 2]], mask: [[1, 0, 1]] };
    const first = (name: PresetName) =>
      generalizedAdvantages(inputs, { ...presets[name].gae, lambda: 0 }).advantages[0]?.[0] ?? Number.NaN;
    expect(table(first)).toEqual({
      'as-verl': 2,
      'as-trl': 0,
      'as-openrlhf': 0,
      'as-roll': 0,
      'as-areal': 2,
      'as-slime': 0,
      'as-nemo-rl': 2,
    });
  });

  it('whitened advantages of two tokens', () => {
    const whitened = (name: PresetName) =>
      whitenOverTokens([[1, -1]], [[1, 1]], presets[name].whiten)[0]?.[0] ?? Number.NaN;
    const [sample, population] = [Math.SQRT1_2, 1];
    expect(table(whitened)).toEqual(
      about({
        'as-verl': sample,
        'as-trl': sample,
        'as-openrlhf': population,
        'as-roll': sample,
        'as-areal': sample,
        'as-slime': sample,
        'as-nemo-rl': population,
      }),
    );
  });

  it('loss of a token that a negative advantage made ten times likelier, and of one far off', () => {
    const loss = (name: PresetName, logRatio: number) => {
      const inputs = {
        logProbs: row(-1),
        oldLogProbs: row(-1 - logRatio),
        advantages: tf.tensor1d([-4]),
        mask: row(1),
      };
      const { aggregation: mode, clippedPolicy } = presets[name];
      return clippedPolicyLoss(inputs, { ...clippedPolicy, aggregation: { mode } }).loss.arraySync();
    };
    const held = table((name) => loss(name, Math.log(10)));
    expect(held).toEqual(
      table((name) => (name === 'as-verl' ? expect.closeTo(12, 3) : expect.closeTo(40, 3)) as number),
    );
    const far = table((name) => (Number.isFinite(loss(name, 200)) ? 1 : 0));
    expect(far).toEqual({
      'as-verl': 1,
      'as-trl': 0,
      'as-openrlhf': 1,
      'as-roll': 0,
      'as-areal': 0,
      'as-slime': 0,
      'as-nemo-rl': 0,
    });
  });

  it('loss of responses of three tokens and one', () => {
    const losses = tf.tensor2d([
      [1, 1, 1],
      [5, 0, 0],
    ]);
    const mask = tf.tensor2d([
      [1, 1, 1],
      [1, 0, 0],
    ]);
    expect(table((name) => aggregateLoss(losses, mask, { mode: presets[name].aggregation }).arraySync())).toEqual({
      'as-verl': 2,
      'as-trl': 2,
      'as-openrlhf': 2,
      'as-roll': 3,
      'as-areal': 2,
      'as-slime': 3,
      'as-nemo-rl': 2,
    });
  });

  it('KL of a token that the reference finds far likelier', () => {
    // d = 12: k1 -12, k3 e^12 - 13
    const kl = (name: PresetName) =>
      klEstimate(row(-13), row(-1), presets[name].klEstimate).arraySync()[0]?.[0] ?? Number.NaN;
    expect(table(kl)).toEqual({
      'as-verl': 10,
      'as-trl': expect.closeTo(162_741.79, 0) as number,
      'as-openrlhf': -10,
      'as-roll': 10,
      'as-areal': -12,
      'as-slime': -12,
      'as-nemo-rl': 10,
    });
  });

  it('CISPO weight of a ratio of 3, loss of a critic that is off by 2', () => {
    const weight = (name: PresetName) => {
      const options = presets[name].cispo;
      if (options === null) return 0;
      const inputs = {
        logProbs: row(-1),
        oldLogProbs: row(-1 - Math.log(3)),
        advantages: tf.tensor1d([1]),
        mask: row(1),
      };
      return cispoLoss(inputs, { ...options, aggregation: { mode: 'token-sum' } }).loss.arraySync();
    };
    expect(table(weight)).toEqual(
      about({
        'as-verl': 1.2,
        'as-trl': 3,
        'as-openrlhf': 0,
        'as-roll': 1.1,
        'as-areal': 1.2,
        'as-slime': 1.2,
        'as-nemo-rl': 1.2,
      }),
    );
    const critic = (name: PresetName) => {
      const inputs = { values: row(2), oldValues: row(2), returns: row(0), mask: row(1) };
      return clippedValueLoss(inputs, { ...presets[name].value, aggregation: { mode: 'token-mean' } }).loss.arraySync();
    };
    expect(table(critic)).toEqual(table((name) => (name === 'as-slime' ? 4 : 2)));
  });

  it('penalty of a response beyond the limit', () => {
    const penalty = (name: PresetName) => {
      const beyondMax = presets[name].overlong;
      return beyondMax === null ? 0 : overlongPenalty(120, { maxLength: 100, bufferLength: 20, beyondMax });
    };
    expect(table(penalty)).toEqual({
      'as-verl': -2,
      'as-trl': -1,
      'as-openrlhf': -1,
      'as-roll': 0,
      'as-areal': -2,
      'as-slime': 0,
      'as-nemo-rl': -2,
    });
  });
});
