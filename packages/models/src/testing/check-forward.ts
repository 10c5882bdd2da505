import { compile, type ParameterTree, tf } from '@rlloom/tensor';
import type { ModelWeights } from '../adapters/adapt-parameters.ts';
import { forwardHidden, logits } from '../forward-hidden.ts';
import { tokenLogProbs } from '../log-probs/token-log-probs.ts';
import { compareNumbers, type ConformanceResult, flatten } from './conformance-result.ts';

/** A padded batch and what the peer computed for it; numbers at padding are 0 and without meaning. */
export interface ForwardFixture {
  readonly input_ids: readonly (readonly number[])[];
  readonly attention_mask: readonly (readonly number[])[];
  /** Logits of the last token, `[B,V]`. */
  readonly logits_last: readonly (readonly number[])[];
  readonly logits_stride: number;
  /** Every `logits_stride`-th logit, `[B,T,V/stride]`. */
  readonly logits_slice: readonly (readonly (readonly number[])[])[];
  readonly token_logprobs: readonly (readonly number[])[];
  readonly 'token_logprobs_temp0.7': readonly (readonly number[])[];
  readonly entropy: readonly (readonly number[])[];
}

/** How far numbers may be apart: rounding of float32 sums in another order. */
export const forwardTolerance = 2e-4;

/** Compares logits, log-probs and entropies of one padded batch. */
export async function checkForward(
  name: string,
  model: ModelWeights,
  fixture: ForwardFixture,
): Promise<ConformanceResult[]> {
  const compare = (what: string, actual: ArrayLike<number>, values: readonly number[]) =>
    compareNumbers(`${name}.${what}`, actual, { values, tolerance: forwardTolerance });
  const isToken = (row: number, time: number) => fixture.attention_mask[row]?.[time] === 1;
  const all = await allLogits(model, fixture);
  const time = fixture.input_ids[0]?.length ?? 0;
  const size = model.config.vocabularySize;
  const at = (row: number, t: number) => all.subarray((row * time + t) * size, (row * time + t + 1) * size);

  const slices = fixture.logits_slice.flatMap((rows, row) =>
    rows.flatMap((values, t) =>
      isToken(row, t) ? [{ values, actual: at(row, t).filter((_, i) => i % fixture.logits_stride === 0) }] : [],
    ),
  );
  const last = lastLogits(model, fixture);
  const plain = await logProbsOf(model, fixture, 1);
  const warm = await logProbsOf(model, fixture, 0.7);
  // Entropy t belongs to the distribution after token t; ours are counted by the token that was drawn from it.
  const decided = fixture.entropy.map((row, r) =>
    row.slice(0, -1).map((value, t) => (isToken(r, t) && isToken(r, t + 1) ? value : 0)),
  );
  return [
    compare(
      'logits_slice',
      slices.flatMap(({ actual }) => [...actual]),
      slices.flatMap(({ values }) => [...values]),
    ),
    compare('logits_last', await last, flatten(fixture.logits_last)),
    compare('token_logprobs', plain.logProbs, flatten(fixture.token_logprobs)),
    compare('token_logprobs_temp0.7', warm.logProbs, flatten(fixture['token_logprobs_temp0.7'])),
    compare('entropy', plain.entropies, flatten(decided)),
  ];
}

/** Logits after the last token of every row, one row after the other. */
export async function lastLogits(
  model: ModelWeights,
  batch: Pick<ForwardFixture, 'input_ids' | 'attention_mask'>,
): Promise<Float32Array> {
  const places = batch.attention_mask.map((mask, row) => row * mask.length + mask.lastIndexOf(1));
  const { last } = await computed(model, batch, (parameters, tokens) => {
    const hidden = forwardHidden(model.config, parameters, tokens);
    const flat = tf.reshape<tf.Rank.R2>(hidden, [-1, model.config.hiddenSize]);
    return { last: logits(model.config, parameters, tf.gather(flat, tf.tensor1d(places, 'int32'))) };
  });
  return last;
}

/** The tensors of a padded batch; the caller owns them. */
export function batchOf(fixture: Pick<ForwardFixture, 'input_ids' | 'attention_mask'>): {
  tokens: tf.Tensor2D;
  attentionMask: tf.Tensor2D;
} {
  const shape: [number, number] = [fixture.input_ids.length, fixture.input_ids[0]?.length ?? 0];
  return {
    tokens: tf.tensor2d(flatten(fixture.input_ids), shape, 'int32'),
    attentionMask: tf.tensor2d(flatten(fixture.attention_mask), shape, 'int32'),
  };
}

async function allLogits(model: ModelWeights, fixture: ForwardFixture): Promise<Float32Array> {
  const { all } = await computed(model, fixture, (parameters, tokens) => ({
    all: logits(model.config, parameters, forwardHidden(model.config, parameters, tokens)),
  }));
  return all;
}

async function logProbsOf(model: ModelWeights, fixture: ForwardFixture, temperature: number) {
  return computed(model, fixture, (parameters, tokens) => {
    const { logProbs, entropies } = tokenLogProbs(model.config, parameters, tokens, { temperature, entropy: true });
    return { logProbs, entropies: entropies as tf.Tensor2D };
  });
}

type Tokens = ReturnType<typeof batchOf>;

/** What `f` makes of a batch, as numbers; compiled where the backend compiles. */
async function computed<Names extends string>(
  model: ModelWeights,
  batch: Pick<ForwardFixture, 'input_ids' | 'attention_mask'>,
  f: (parameters: ParameterTree, tokens: Tokens) => Record<Names, tf.Tensor>,
): Promise<Record<Names, Float32Array>> {
  const tokens = batchOf(batch);
  const compiled = compile((inputs: { readonly parameters: ParameterTree; readonly tokens: Tokens }) =>
    f(inputs.parameters, inputs.tokens),
  );
  try {
    const outputs = await compiled({ parameters: model.parameters, tokens });
    const read = Object.entries<tf.Tensor>(outputs).map(async ([name, tensor]) => {
      const values = await tensor.data<'float32'>();
      tensor.dispose();
      return [name, values] as const;
    });
    return Object.fromEntries(await Promise.all(read)) as Record<Names, Float32Array>;
  } finally {
    tf.dispose(tokens);
    compiled.dispose();
  }
}
