import { fileURLToPath } from 'node:url';
import {
  generate,
  type GenerateResult,
  loadAdapter,
  loadModel,
  loadTokenizer,
  tokenLogProbs,
  withAdapter,
} from '@rlloom/models';
import type { SamplingParameters, Tokenizer } from '@rlloom/spec';
// eslint-disable-next-line @nx/enforce-module-boundaries -- rollout itself needs no tensor; its tests need a backend to run on
import { selectBackend, tf } from '@rlloom/tensor';

/** Folder of the small model that protocol servers serve; real servers can serve it, too. */
export const servedModelFolder: string =
  process.env['RLLOOM_TEST_MODEL'] ??
  fileURLToPath(new URL('../../../../../tools/fixtures/models/qwen2', import.meta.url));

/** One generation a protocol server was asked for. */
export interface ServedRequest {
  readonly id: string;
  readonly tokens: readonly number[];
  readonly sampling: SamplingParameters;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** Tokens to score. */
export interface ScoredTokens {
  readonly prompt: readonly number[];
  readonly tokens: ArrayLike<number>;
  readonly temperature: number;
  /** Folder of an adapter at work. Default none. */
  readonly adapter?: string;
}

/** What protocol servers generate with: our own model, so that log-probs are real. */
export interface ServedModel {
  readonly tokenizer: Tokenizer;
  readonly maxSequenceLength: number;
  readonly vocabularySize: number;
  generate(request: ServedRequest): Promise<GenerateResult>;
  /** Ends a request, which then answers with what it has. */
  abort(id: string): void;
  /** Log-probs of given tokens after a prompt, as the trainer computes them. */
  score(scored: ScoredTokens): Promise<number[]>;
  /** Replaces the weights when nothing is under way. */
  load(directory: string): Promise<void>;
  dispose(): void;
}

/** Loads a model folder. */
export async function serveModel(folder: string = servedModelFolder): Promise<ServedModel> {
  await selectBackend({ backend: 'wasm' });
  const tokenizer = await loadTokenizer(folder);
  let model = await loadModel(folder);
  const running = new Map<string, AbortController>();
  let turn: Promise<unknown> = Promise.resolve();
  return {
    tokenizer,
    maxSequenceLength: model.config.maxPositionEmbeddings,
    vocabularySize: model.config.vocabularySize,
    generate({ id, tokens, sampling, seed, signal }) {
      const controller = new AbortController();
      signal.addEventListener('abort', () => controller.abort());
      running.set(id, controller);
      const result = turn
        .then(() =>
          generate(model, [{ promptTokens: [...tokens], sampling, seed }], {
            tokenizer,
            rawLogProbs: true,
            text: 'whole',
            signal: controller.signal,
          }),
        )
        .then(([only]) => only as GenerateResult)
        .finally(() => running.delete(id));
      turn = result.catch(() => undefined);
      return result;
    },
    abort: (id) => running.get(id)?.abort(),
    async score({ prompt, tokens, temperature, adapter: folder }) {
      const adapter = folder === undefined ? undefined : await loadAdapter(model, folder);
      const { parameters } = adapter === undefined ? model : withAdapter(model, adapter);
      const row = tf.tensor2d([[...prompt, ...Array.from(tokens)]], undefined, 'int32');
      const { logProbs } = tokenLogProbs(
        model.config,
        parameters,
        { tokens: row, attentionMask: tf.onesLike(row) },
        { temperature: temperature === 0 ? 1 : temperature },
      );
      const values = [...(await logProbs.data())].slice(prompt.length - 1);
      adapter?.dispose();
      return values;
    },
    async load(directory) {
      await turn;
      const next = await loadModel(directory);
      model.dispose();
      model = next;
    },
    dispose: () => model.dispose(),
  };
}
