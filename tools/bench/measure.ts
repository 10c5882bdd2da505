import { createModel, generate, parseModelConfig } from '@rlloom/models';
import { deriveSeed, type TrainingSequence } from '@rlloom/spec';
import { adamW, type BackendName, chain, clipByGlobalNorm, selectBackend } from '@rlloom/tensor';
import { createLocalPolicy } from '@rlloom/trainers';
import { type BenchmarkSize, newTokens, promptLength } from './sizes.ts';

/** Tokens per second, medians of the repetitions. */
export interface Measurement {
  readonly generateTokensPerSecond: number;
  readonly updateTokensPerSecond: number;
  readonly repetitions: number;
}

/** Measures generation and the GRPO update (forward, backward, clipping, AdamW) of one size on one backend. */
export async function measure(backend: BackendName, size: BenchmarkSize, repetitions: number): Promise<Measurement> {
  await selectBackend({ backend });
  const model = createModel(
    parseModelConfig({
      architectures: ['Qwen2ForCausalLM'],
      model_type: 'qwen2',
      hidden_size: size.hiddenSize,
      num_hidden_layers: size.layers,
      vocab_size: size.vocabularySize,
      num_attention_heads: size.heads,
      num_key_value_heads: size.keyValueHeads,
      intermediate_size: size.intermediateSize,
      max_position_embeddings: 512,
      tie_word_embeddings: true,
    }),
    { seed: 0 },
  );
  const prompts = Array.from({ length: size.batch }, (_, row) =>
    Int32Array.from({ length: promptLength }, (_unused, t) => 1 + (deriveSeed(row, t) % (size.vocabularySize - 1))),
  );
  const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens: newTokens, eosTokenIds: [] };
  const generateOnce = () =>
    generate(
      model,
      prompts.map((promptTokens, seed) => ({ promptTokens, seed, sampling })),
      { maxBatchSize: size.batch, policyVersion: 0, padTokenId: 0, eosTokenIds: [] },
    );

  const policy = createLocalPolicy({
    model,
    optimizer: chain(clipByGlobalNorm(1), adamW({ weightDecay: 0.01 })),
    padTokenId: 0,
    maxTokensPerMicroBatch: size.batch * (promptLength + newTokens),
  });
  const length = promptLength + newTokens;
  const results = await generateOnce();
  const sequences = results.map((result, row): TrainingSequence => {
    const lossMask = new Uint8Array(length).fill(1, promptLength);
    return {
      tokens: Int32Array.from([...(prompts[row] ?? []), ...result.tokens]),
      lossMask,
      advantages: Float32Array.from(lossMask, (trained) => trained * ((row % 2) * 2 - 1)),
    };
  });
  const updateOnce = async () => {
    await policy.forwardBackward({ sequences }, { name: 'policy', options: { clipRatioHigh: 0.28 } });
    await policy.optimizerStep({ learningRate: 1e-6 });
  };
  await updateOnce();

  const generateSeconds = await medianSeconds(generateOnce, repetitions);
  const updateSeconds = await medianSeconds(updateOnce, repetitions);
  policy.dispose();
  model.dispose();
  return {
    generateTokensPerSecond: (size.batch * newTokens) / generateSeconds,
    updateTokensPerSecond: (size.batch * length) / updateSeconds,
    repetitions,
  };
}

async function medianSeconds(work: () => Promise<unknown>, repetitions: number): Promise<number> {
  const seconds: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const from = performance.now();
    await work();
    seconds.push((performance.now() - from) / 1000);
  }
  seconds.sort((a, b) => a - b);
  return seconds[Math.floor(seconds.length / 2)] ?? Number.NaN;
}
