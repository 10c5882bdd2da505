import { type ParameterTree, tf, valueAndGradients } from '@rlloom/tensor';
import { describeBackends, expectNoLeaks, expectTensorClose } from '@rlloom/tensor/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CausalLanguageModel } from '../causal-language-model.ts';
import { forwardHidden, logits } from '../forward-hidden.ts';
import { smallModel } from '../testing/small-model.ts';
import { tokenLogProbs, type TokenLogProbsOptions } from './token-log-probs.ts';

const ids = [
  [5, 1, 9, 22, 0],
  [7, 7, 3, 9, 9],
];
const mask = [
  [1, 1, 1, 1, 1],
  [1, 1, 1, 0, 0],
];
const targets = [
  [4, 2, 0],
  [1, 0, 2],
];

const batch = () => ({
  tokens: tf.tensor2d(ids, undefined, 'int32'),
  attentionMask: tf.tensor2d(mask, undefined, 'int32'),
});

// A loss that weighs every log-prob and entropy differently, so that no error cancels.
const weigh = (tensor: tf.Tensor, phase: number) => {
  const [rows, columns] = tensor.shape as [number, number];
  return tf.sum(
    tf.mul(
      tensor,
      tf.tensor2d(
        Array.from({ length: rows * columns }, (_, i) => Math.sin(i + phase)),
        [rows, columns],
      ),
    ),
  );
};

const chunked = (model: CausalLanguageModel, options: TokenLogProbsOptions) =>
  valueAndGradients((parameters) => {
    const input = { ...batch(), targets: tf.tensor2d(targets, undefined, 'int32') };
    const { logProbs, entropies } = tokenLogProbs(model.config, parameters, input, { ...options, entropy: true });
    const value = tf.add<tf.Scalar>(weigh(logProbs, 1), weigh(entropies as tf.Tensor, 2));
    return { value, aux: { logProbs, entropies: entropies as tf.Tensor } };
  }, model.parameters);

const plain = (model: CausalLanguageModel, temperature: number) =>
  valueAndGradients((parameters: ParameterTree) => {
    const all = logits(model.config, parameters, forwardHidden(model.config, parameters, batch()));
    const logSoftmax = tf.logSoftmax(tf.mul(all, 1 / temperature));
    const entropy = tf.neg(tf.sum(tf.mul(tf.exp(logSoftmax), logSoftmax), -1));
    const pick = (row: number, target: number, what: 'logProb' | 'entropy') => {
      if (target === 0) return tf.scalar(0);
      if (what === 'entropy') return tf.reshape(tf.slice(entropy, [row, target - 1], [1, 1]), []);
      return tf.reshape(tf.slice(logSoftmax, [row, target - 1, ids[row]?.[target] as number], [1, 1, 1]), []);
    };
    const table = (what: 'logProb' | 'entropy') =>
      tf.stack(targets.map((row, r) => tf.stack(row.map((target) => pick(r, target, what)))));
    const [logProbs, entropies] = [table('logProb'), table('entropy')];
    return { value: tf.add<tf.Scalar>(weigh(logProbs, 1), weigh(entropies, 2)), aux: { logProbs, entropies } };
  }, model.parameters);

describeBackends('tokenLogProbs', () => {
  it('leaves out the gradient of an output layer that does not train, and changes no other', async () => {
    const model = smallModel({ tie_word_embeddings: false });
    const [all, frozen] = [true, false].map((trainsOutput) => chunked(model, { trainsOutput, chunkSize: 2 })) as [
      ReturnType<typeof chunked>,
      ReturnType<typeof chunked>,
    ];
    for (const [name, gradient] of Object.entries(all.gradients)) {
      const other = await (frozen.gradients[name] as tf.Tensor).data();
      if (name === 'lm_head.weight') expect(other.every((value) => value === 0)).toBe(true);
      else expect(other, name).toEqual(await gradient.data());
    }
    expect((await all.gradients['lm_head.weight']?.data())?.every((value) => value === 0)).toBe(false);
    tf.dispose([all, frozen]);
    model.dispose();
  });

  it.each([
    [1, undefined],
    [0.7, undefined],
    [1.3, 1],
    [1.3, 4],
  ])('equals the plain computation at temperature %d, chunk size %s', async (temperature, chunkSize) => {
    for (const tied of [true, false]) {
      const model = smallModel({ tie_word_embeddings: tied });
      const expected = plain(model, temperature);
      const actual = chunked(model, { temperature, ...(chunkSize === undefined ? {} : { chunkSize }) });
      for (const name of ['logProbs', 'entropies']) {
        await expectTensorClose(actual.aux[name] as tf.Tensor, (await expected.aux[name]?.array()) as number[], 1e-5);
      }
      for (const [name, gradient] of Object.entries(expected.gradients)) {
        await expectTensorClose(actual.gradients[name] as tf.Tensor, await gradient.array(), 1e-4);
      }
      for (const each of [expected, actual]) tf.dispose([each.value, each.aux, each.gradients]);
      model.dispose();
    }
  });

  it('speaks of every token but the first without targets, and gives 0 at padding', async () => {
    const model = smallModel();
    const input = batch();
    const { logProbs, entropies } = tokenLogProbs(model.config, model.parameters, input);
    expect(entropies).toBeUndefined();
    expect(logProbs.shape).toEqual([2, 4]);
    const values = await logProbs.array();
    expect(values.map((row) => row.map((value) => value < 0))).toEqual([
      [true, true, true, true],
      [true, true, false, false],
    ]);
    expect((values[1] as number[]).slice(2)).toEqual([0, 0]);
    const chosen = tokenLogProbs(model.config, model.parameters, {
      ...input,
      targets: tf.tensor2d([[4], [2]], undefined, 'int32'),
    });
    await expectTensorClose(
      chosen.logProbs,
      [[(values[0] as number[])[3] as number], [(values[1] as number[])[1] as number]],
      1e-6,
    );
    tf.dispose([logProbs, chosen.logProbs, input.tokens, input.attentionMask]);
    model.dispose();
  });

  it('looks tokens up wherever they stand', async () => {
    const model = smallModel();
    const input = batch();
    const all = tokenLogProbs(model.config, model.parameters, input);
    const [first, second] = (await all.logProbs.array()) as [number[], number[]];
    // 7 is the third token of the second row, 8 its padding; 0 is unused.
    const places = tf.tensor1d([7, 0, 4, 8, 1], 'int32');
    const some = tokenLogProbs(model.config, model.parameters, { ...input, places });
    await expectTensorClose(some.logProbs, [[second[1] as number, 0, first[3] as number, 0, first[0] as number]], 1e-6);
    tf.dispose([all.logProbs, some.logProbs, places, input.tokens, input.attentionMask]);
    model.dispose();
  });

  it('sends no gradient through entropies that do not train, and the same through the log-probs', async () => {
    const model = smallModel();
    const gradientsOf = (trainsEntropy: boolean, entropyWeight: number) =>
      valueAndGradients((parameters) => {
        const input = { ...batch(), targets: tf.tensor2d(targets, undefined, 'int32') };
        const options = { entropy: true, trainsEntropy, chunkSize: 2 };
        const { logProbs, entropies } = tokenLogProbs(model.config, parameters, input, options);
        const ofEntropies = tf.mul(weigh(entropies as tf.Tensor, 2), entropyWeight);
        return { value: tf.add<tf.Scalar>(weigh(logProbs, 1), ofEntropies) };
      }, model.parameters);
    const [withoutTerm, untrained, trained] = [gradientsOf(true, 0), gradientsOf(false, 1), gradientsOf(true, 1)];
    for (const [name, gradient] of Object.entries(untrained.gradients)) {
      await expectTensorClose(gradient, await (withoutTerm.gradients[name] as tf.Tensor).array(), 1e-6);
    }
    const norm = 'model.norm.weight';
    expect(await untrained.gradients[norm]?.data()).not.toEqual(await trained.gradients[norm]?.data());
    expect(await untrained.value.data()).toEqual(await trained.value.data());
    tf.dispose([withoutTerm, untrained, trained]);
    model.dispose();
  });

  it('gives a token without prediction, at left padding, 0', async () => {
    const model = smallModel();
    const input = {
      tokens: tf.tensor2d([[0, 0, 4, 6]], undefined, 'int32'),
      attentionMask: tf.tensor2d([[0, 0, 1, 1]], undefined, 'int32'),
    };
    const { logProbs } = tokenLogProbs(model.config, model.parameters, input);
    const [row] = await logProbs.array();
    expect(row?.slice(0, 2)).toEqual([0, 0]);
    expect(row?.[2]).toBeLessThan(0);
    tf.dispose([logProbs, input.tokens, input.attentionMask]);
    model.dispose();
  });

  it('never holds the logits of all tokens', async () => {
    const vocabulary = 4000;
    const model = smallModel({ vocab_size: vocabulary });
    const tokens = tf.tensor2d(
      Array.from({ length: 4 * 33 }, (_, i) => (i * 37) % vocabulary),
      [4, 33],
      'int32',
    );
    const attentionMask = tf.onesLike(tokens);
    const allLogits = 4 * 32 * vocabulary * 4;
    const peak = async (targets: tf.Tensor2D | undefined, chunkSize: number) => {
      const before = tf.memory().numBytes;
      const { peakBytes } = await tf.profile(() => {
        const { value, gradients } = valueAndGradients((parameters) => {
          const { logProbs } = tokenLogProbs(
            model.config,
            parameters,
            { tokens, attentionMask, targets },
            { chunkSize },
          );
          return { value: tf.sum<tf.Scalar>(logProbs) };
        }, model.parameters);
        tf.dispose([value, gradients]);
        return tf.scalar(0);
      });
      return peakBytes - before;
    };
    const oneToken = tf.ones<tf.Rank.R2>([4, 1], 'int32');
    // With several chunks the gradient of the output layer is a sum: one matrix more than with one.
    const base = (await peak(oneToken, 4)) + vocabulary * model.config.hiddenSize * 4;
    expect((await peak(undefined, 1000)) - base).toBeGreaterThan(2 * allLogits);
    expect((await peak(undefined, 4)) - base).toBeLessThan(allLogits / 2);
    oneToken.dispose();
    tf.dispose([tokens, attentionMask]);
    model.dispose();
  });

  it('frees what it makes', async () => {
    const model = smallModel();
    await expectNoLeaks(() => {
      const result = chunked(model, { chunkSize: 3 });
      return [result.value, result.aux, result.gradients] as never;
    });
    const input = batch();
    await expectNoLeaks(() => tokenLogProbs(model.config, model.parameters, input, { entropy: true }));
    tf.dispose([input.tokens, input.attentionMask]);
    model.dispose();
  });
});

describe('tokenLogProbs', () => {
  it('refuses options that make no sense', () => {
    const model = smallModel();
    const input = batch();
    for (const options of [{ temperature: 0 }, { temperature: Number.NaN }, { chunkSize: 0 }, { chunkSize: 1.5 }]) {
      expect(() => tokenLogProbs(model.config, model.parameters, input, options)).toThrow(/must be/);
    }
    const single = {
      tokens: tf.ones<tf.Rank.R2>([1, 1], 'int32'),
      attentionMask: tf.ones<tf.Rank.R2>([1, 1], 'int32'),
    };
    expect(() => tokenLogProbs(model.config, model.parameters, single)).toThrow(/at least two tokens/);
    tf.dispose([single.tokens, single.attentionMask, input.tokens, input.attentionMask]);
    model.dispose();
  });

  it('has probabilities that sum to 1 over the vocabulary', async () => {
    const model = smallModel({ vocab_size: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(5), { minLength: 1, maxLength: 6 }),
        fc.double({ min: 0.1, max: 5, noNaN: true }),
        async (prefix, temperature) => {
          const rows = Array.from({ length: 6 }, (_, last) => [...prefix, last]);
          const { logProbs } = tf.tidy(() => {
            const tokens = tf.tensor2d(rows, undefined, 'int32');
            const last = tf.fill<tf.Rank.R2>([6, 1], prefix.length, 'int32');
            return tokenLogProbs(
              model.config,
              model.parameters,
              { tokens, attentionMask: tf.onesLike(tokens), targets: last },
              { temperature },
            );
          });
          const total = (await logProbs.data<'float32'>()).reduce((sum, value) => sum + Math.exp(value), 0);
          logProbs.dispose();
          expect(total).toBeCloseTo(1, 5);
        },
      ),
      { numRuns: 20 },
    );
    model.dispose();
  });
});
