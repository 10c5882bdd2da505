import { type ParameterTree, tf, valueAndGradients, type ValueAndGradients } from '@rlloom/tensor';
import { describeBackends, expectNoLeaks, peakBytes } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import { createAdapter } from '../adapters/create-adapter.ts';
import { adaptParameters, type ModelWeights } from '../adapters/adapt-parameters.ts';
import { forwardHidden } from '../forward-hidden.ts';
import { tokenLogProbs } from '../log-probs/token-log-probs.ts';
import { familyFixtures, familyModel } from '../testing/family-models.ts';
import { smallModel } from '../testing/small-model.ts';

const padded = (rows: number, time: number) => ({
  tokens: tf.tensor2d(
    Int32Array.from({ length: rows * time }, (_, i) => 1 + ((i * 7) % 22)),
    [rows, time],
    'int32',
  ),
  attentionMask: tf.tensor2d(
    Int32Array.from({ length: rows * time }, (_, i) => (i === rows * time - 1 ? 0 : 1)),
    [rows, time],
    'int32',
  ),
});
type Batch = ReturnType<typeof padded>;

function lossAndGradients(
  trained: ModelWeights & { readonly complete?: (trained: ParameterTree) => ParameterTree },
  batch: Batch,
  gradientCheckpointing: boolean,
): ValueAndGradients & { readonly peak: number } {
  const { complete = (own: ParameterTree) => own } = trained;
  const results: ValueAndGradients[] = [];
  const peak = peakBytes(() => {
    const pass = valueAndGradients((parameters) => {
      const all = complete(parameters);
      const { logProbs } = tokenLogProbs(trained.config, all, batch, { gradientCheckpointing });
      return { value: tf.neg<tf.Scalar>(tf.mean(logProbs)) };
    }, trained.parameters);
    results.push(pass);
  });
  return { ...(results[0] as ValueAndGradients), peak };
}

async function largestDifference(a: ParameterTree, b: ParameterTree): Promise<number> {
  let largest = 0;
  for (const [name, tensor] of Object.entries(a)) {
    const [x, y] = [await tensor.data(), await (b[name] as tf.Tensor).data()];
    largest = Math.max(largest, ...x.map((value, i) => Math.abs(value - (y[i] as number))));
  }
  return largest;
}

describeBackends('gradient checkpointing', () => {
  it.each(familyFixtures)('gives the gradients of %s unchanged', async (name) => {
    const model = familyModel(name);
    const batch = padded(2, 7);
    const [plain, again] = [lossAndGradients(model, batch, false), lossAndGradients(model, batch, true)];
    expect(await again.value.data()).toEqual(await plain.value.data());
    expect(await largestDifference(again.gradients, plain.gradients)).toBeLessThan(1e-6);
    tf.dispose([plain.value, plain.gradients, again.value, again.gradients, batch]);
    model.dispose();
  });

  it('takes less than half of the memory for activations', () => {
    const model = smallModel({ num_hidden_layers: 8 });
    const batch = padded(4, 48);
    const gradientBytes = 4 * model.parameterCount;
    const [plain, again] = [false, true].map((on) => {
      const pass = lossAndGradients(model, batch, on);
      tf.dispose([pass.value, pass.gradients]);
      return pass.peak - gradientBytes;
    }) as [number, number];
    expect(again).toBeLessThan(0.5 * plain);
    tf.dispose(batch);
    model.dispose();
  });

  it('trains an adapter alike, and computes no gradient of frozen matrices', async () => {
    const model = smallModel();
    const adapter = createAdapter(model, { rank: 2, seed: 3 });
    const trained = {
      config: model.config,
      parameters: adapter.parameters,
      complete: (own: ParameterTree) => adaptParameters(model.parameters, adapter, own),
    };
    const batch = padded(2, 9);
    const [plain, again] = [lossAndGradients(trained, batch, false), lossAndGradients(trained, batch, true)];
    expect(Object.keys(again.gradients)).toEqual(Object.keys(adapter.parameters));
    expect(await largestDifference(again.gradients, plain.gradients)).toBeLessThan(1e-7);
    tf.dispose([plain.value, plain.gradients, again.value, again.gradients, batch]);
    for (const each of [adapter, model]) each.dispose();
  });

  it('leaks nothing', () =>
    expectNoLeaks(() => {
      const model = smallModel();
      const batch = padded(2, 5);
      const { value, gradients } = lossAndGradients(model, batch, true);
      tf.dispose([value, gradients, batch]);
      model.dispose();
    }));
});

describeBackends('a forward pass without gradients', () => {
  it('holds what one layer needs, however many layers there are', () => {
    const batch = padded(4, 32);
    const [few, many] = [2, 12].map((layers) => {
      const model = smallModel({ num_hidden_layers: layers });
      const peak = peakBytes(() => {
        forwardHidden(model.config, model.parameters, batch).dispose();
      });
      model.dispose();
      return peak;
    }) as [number, number];
    expect(many).toBeLessThan(1.02 * few);
    tf.dispose(batch);
  });
});
