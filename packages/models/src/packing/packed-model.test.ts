import { type ParameterTree, tensorOf, tf, valueAndGradients } from '@rlloom/tensor';
import { describeBackends, expectTensorClose } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import type { ModelWeights } from '../adapters/adapt-parameters.ts';
import { createScoringModel } from '../heads/create-scoring-model.ts';
import { sequenceScores, tokenValues } from '../heads/scores.ts';
import { tokenLogProbs } from '../log-probs/token-log-probs.ts';
import { familyFixtures, familyModel } from '../testing/family-models.ts';
import { smallModel } from '../testing/small-model.ts';
import { packSequences, unpackValues } from './packed-rows.ts';
import { packedTokens, unpackTensor } from './packed-tensors.ts';

const lengths = [5, 3, 7, 1, 2, 6];
const sequences = lengths.map((length, s) => ({
  tokens: Int32Array.from({ length }, (_, t) => 1 + ((s * 5 + t * 3) % 22)),
}));
const packed = packSequences(sequences, { rowLength: 12, padTokenId: 0 });

/** One sequence per row, padded. */
function unpacked() {
  const width = Math.max(...lengths);
  const tokens = new Int32Array(lengths.length * width);
  const mask = new Int32Array(tokens.length);
  sequences.forEach((sequence, row) => {
    tokens.set(sequence.tokens, row * width);
    mask.fill(1, row * width, row * width + sequence.tokens.length);
  });
  const tensor = (values: Int32Array) => tf.tensor2d(values, [lengths.length, width], 'int32');
  return { tokens: tensor(tokens), attentionMask: tensor(mask) };
}

/** Log-probs `[N,L]`, 0 for first tokens, and gradients of their weighted sum. */
function pass(model: ModelWeights, logProbsOf: (parameters: ParameterTree) => tf.Tensor2D) {
  return valueAndGradients((parameters) => {
    const logProbs = logProbsOf(parameters);
    const weights = tf.reshape(tf.sin(tf.range(1, logProbs.size + 1)), logProbs.shape);
    return { value: tf.sum<tf.Scalar>(tf.mul(logProbs, weights)), aux: { logProbs } };
  }, model.parameters);
}

describeBackends('packed sequences', () => {
  it.each(familyFixtures)('have the log-probs and gradients of %s that they have alone', async (name) => {
    const model = familyModel(name);
    const [rows, alone] = [packedTokens(packed), unpacked()];
    expect(packed.shape[0]).toBeLessThan(lengths.length / 2 + 1);
    const first = pass(model, (parameters) => {
      const { logProbs } = tokenLogProbs(model.config, parameters, rows);
      return unpackTensor(packed, logProbs, { firstToken: 1 });
    });
    const second = pass(model, (parameters) => {
      const { logProbs } = tokenLogProbs(model.config, parameters, alone);
      return tf.concat([tf.zeros([lengths.length, 1]), logProbs], 1);
    });
    await expectTensorClose(first.value, (await second.value.data())[0] as number, 1e-5);
    await expectTensorClose(tensorOf(first.aux, 'logProbs'), await tensorOf(second.aux, 'logProbs').array(), 1e-5);
    for (const [parameter, gradient] of Object.entries(first.gradients)) {
      const difference = tf.tidy(() => {
        const expected = tensorOf(second.gradients, parameter);
        return tf.div(tf.max(tf.abs(tf.sub(gradient, expected))), tf.maximum(1, tf.max(tf.abs(expected))));
      });
      expect((await difference.data())[0], parameter).toBeLessThan(1e-5);
      difference.dispose();
    }
    for (const { value, aux, gradients } of [first, second]) tf.dispose([value, aux, gradients]);
    tf.dispose([rows, alone]);
    model.dispose();
  });

  it('have no log-prob where one begins', async () => {
    const model = smallModel();
    const rows = packedTokens(packed);
    const { logProbs } = tokenLogProbs(model.config, model.parameters, rows);
    const values = await logProbs.data();
    const spread = unpackValues(packed, values, { firstToken: 1 });
    const used = spread.flatMap((row) => [...row]).filter((value) => value !== 0).length;
    expect(used).toBe(lengths.reduce((sum, length) => sum + length - 1, 0));
    expect(values.filter((value) => value !== 0)).toHaveLength(used);
    tf.dispose([logProbs, rows]);
    model.dispose();
  });

  it('have the values of a critic that they have alone; a reward needs rows of its own', async () => {
    const base = smallModel();
    const model = createScoringModel(base, { kind: 'value', seed: 2 });
    const [rows, alone] = [packedTokens(packed), unpacked()];
    const [first, second] = tf.tidy(() => [
      unpackTensor(packed, tokenValues(model.config, model.parameters, rows)),
      tokenValues(model.config, model.parameters, alone),
    ]);
    await expectTensorClose(first, await second.array(), 1e-5);
    expect(() => sequenceScores(model.config, model.parameters, rows)).toThrow(/packed rows/);
    tf.dispose([first, second, rows, alone]);
    for (const each of [model, base]) each.dispose();
  });
});
