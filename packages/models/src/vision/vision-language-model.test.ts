import { type ParameterTree, tf, valueAndGradients } from '@rlloom/tensor';
import { describeBackends, expectNoLeaks, expectTensorClose } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import { expectVisionFolder, greedy, openVisionFixture } from '../testing/expect-vision-folder.ts';
import { visionFixturePath } from '../testing/vision-fixtures.ts';
import { generateWithImages } from './generate-with-images.ts';
import { type VisionBatch, visionBatch } from './vision-batch.ts';
import { visionLogits } from './vision-forward.ts';

const names = ['hub', 'nested'];

describeBackends('a Qwen2.5-VL folder', () => {
  it.each(names)('%s: embeddings, positions, logits and greedy tokens of transformers', async (name) => {
    await expectVisionFolder(visionFixturePath(name));
  });
});

describeBackends('a Qwen2.5-VL model', () => {
  it('reads several images as it reads each alone, whatever the padding', async () => {
    const { model, sequences } = await openVisionFixture(visionFixturePath('hub'));
    const { config, parameters } = model;
    const together = tf.tidy(() =>
      visionLogits(config, parameters, visionBatch(config, sequences, { padSide: 'right' })),
    );
    const rows = await together.array();
    for (const [row, sequence] of sequences.entries()) {
      const alone = tf.tidy(() => visionLogits(config, parameters, visionBatch(config, [sequence])));
      await expectTensorClose(alone, [rows[row]?.slice(0, sequence.tokens.length) as number[][]], 1e-4);
      alone.dispose();
    }
    together.dispose();
    model.dispose();
  });

  it('samples a prompt that requests share as it samples it alone', async () => {
    const { model, sequences } = await openVisionFixture(visionFixturePath('hub'));
    const request = (index: number, seed: number) => ({
      promptTokens: Int32Array.from(sequences[index]?.tokens ?? []),
      images: sequences[index]?.images,
      sampling: { ...greedy, temperature: 1, maxNewTokens: 3 + seed },
      seed,
    });
    const requests = [request(0, 1), request(0, 2), request(2, 3), request(0, 4)];
    const together = await generateWithImages(model, requests, { maxBatchSize: 3 });
    for (const [index, one] of requests.entries()) {
      const [alone] = await generateWithImages(model, [one]);
      expect([...(together[index]?.tokens ?? [])]).toEqual([...(alone?.tokens ?? [])]);
      expect(alone?.tokens.length).toBe(3 + one.seed);
    }
    model.dispose();
  });

  it('ends at the end token, and at an abort', async () => {
    const { model, sequences, fixture } = await openVisionFixture(visionFixturePath('hub'));
    const expected = fixture.greedy.tokens[0] as readonly number[];
    const request = {
      promptTokens: Int32Array.from(sequences[0]?.tokens ?? []),
      images: sequences[0]?.images,
      sampling: { ...greedy, eosTokenIds: [expected[1] as number] },
      seed: 0,
    };
    const end = expected.indexOf(expected[1] as number);
    const [ended] = await generateWithImages(model, [request]);
    expect(ended).toMatchObject({ tokens: Int32Array.from(expected.slice(0, end + 1)), stopReason: 'eos' });
    const [aborted] = await generateWithImages(model, [request], { signal: AbortSignal.abort() });
    expect(aborted).toMatchObject({ tokens: new Int32Array(), stopReason: 'abort' });
    model.dispose();
  });

  it.each(names)('%s: loss and gradients of transformers, decoder and tower', async (name) => {
    const { model, sequences, fixture } = await openVisionFixture(visionFixturePath(name));
    const batch = visionBatch(model.config, sequences);
    const { value, gradients } = valueAndGradients((parameters: ParameterTree) => {
      return { value: crossEntropy(visionLogits(model.config, parameters, batch), batch) };
    }, model.parameters);
    await expectTensorClose(value, fixture.loss, 1e-5);
    expect(Object.keys(gradients).toSorted()).toEqual(Object.keys(fixture.gradient_norms).toSorted());
    for (const [parameter, norm] of Object.entries(fixture.gradient_norms)) {
      const own = Math.hypot(...(await (gradients[parameter] as tf.Tensor).data<'float32'>()));
      expect(Math.abs(own - norm) / norm, parameter).toBeLessThan(1e-3);
    }
    tf.dispose([value, gradients]);
    model.dispose();
  });

  it('frees what it makes', async () => {
    const { model, sequences } = await openVisionFixture(visionFixturePath('nested'));
    const batch = visionBatch(model.config, sequences);
    await expectNoLeaks(() => visionLogits(model.config, model.parameters, batch));
    const before = tf.memory().numTensors;
    await generateWithImages(model, [{ promptTokens: [1, 2], sampling: greedy, seed: 0 }]);
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });
});

// Mean over the tokens that have one before them.
function crossEntropy(all: tf.Tensor3D, { tokens, attentionMask, rows, time }: VisionBatch): tf.Scalar {
  const [before, size] = [time - 1, all.shape[2]];
  const hidden = tf.slice(all, [0, 0, 0], [rows, before, size]);
  const next = tf.slice(tf.tensor2d(tokens, [rows, time], 'int32'), [0, 1], [rows, before]);
  const mask = tf.tensor2d(attentionMask, [rows, time], 'float32');
  const counts = tf.mul(tf.slice(mask, [0, 0], [rows, before]), tf.slice(mask, [0, 1], [rows, before]));
  const chosen = tf.sum(tf.mul(hidden, tf.oneHot(next, size)), -1);
  return tf.div(tf.sum(tf.mul(tf.sub(tf.logSumExp(hidden, -1), chosen), counts)), tf.sum(counts));
}
