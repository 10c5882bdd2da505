import type { StopReason } from './trajectory.ts';

/** How the next token is drawn. Every field is declared; nothing has a hidden default. */
export interface SamplingParameters {
  /** 0 = greedy, else logits are divided by it. */
  readonly temperature: number;
  /** Keep the k most likely tokens; 0 = all. */
  readonly topK: number;
  /** Keep the smallest set of tokens whose probability reaches this; 1 = all. */
  readonly topP: number;
  /** Keep tokens with at least this fraction of the top probability; 0 = all. */
  readonly minP: number;
  /** Upper bound of new tokens. */
  readonly maxNewTokens: number;
  /** Generation ends when one of these strings appears in the new text. */
  readonly stopStrings?: readonly string[];
  /** Ids that end generation; default: the model's own. */
  readonly eosTokenIds?: readonly number[];
}

/** One prompt to continue: token ids in. */
export interface GenerationRequest {
  readonly promptTokens: readonly number[] | Int32Array;
  readonly sampling: SamplingParameters;
  /** Seed of this sample's own random stream: the result does not depend on its batch neighbours. */
  readonly seed: number;
  /** Requests of one conversation share it, so that a router may send them where their prefix is cached. */
  readonly sessionId?: string;
}

/** Token ids and log-probs out. Arrays have one entry per new token (N). */
export interface GenerationResult {
  readonly tokens: Int32Array;
  /** Log-probability at the sampling temperature, before truncation (for greedy: temperature 1). `[N]` */
  readonly logProbs: Float32Array;
  /** Log-probability under the truncated distribution that was really drawn from. `[N]` */
  readonly samplingLogProbs: Float32Array;
  /** Version of the weights each token was sampled with. `[N]` */
  readonly policyVersions: Int32Array;
  readonly stopReason: StopReason;
}

/** What an engine can do; asked before a run, so that a lack is an error before step 1. */
export interface EngineCapabilities {
  readonly name: string;
  /** Where log-probs are fit for importance ratios: `exact` = same numbers as the trainer up to rounding. */
  readonly logProbs: 'exact' | 'approximate' | 'none';
  /** How weights arrive: shared memory with the trainer, or sent as full weights or adapters. */
  readonly weightUpdate: 'shared' | 'full' | 'adapter' | 'none';
  readonly maxSequenceLength: number;
  /** Reproducible given the request's seed. */
  readonly seeded: boolean;
  /**
   * Whether calls made at the same time share its work. Others serve one call after the other, or no faster together:
   * few large calls are worth more there than many small ones. Default: false.
   */
  readonly joinsCalls?: boolean;
  readonly stopStrings: boolean;
  /** Calls `onTokens` while a generation runs. Default: false, and it is never called. */
  readonly streams?: boolean;
}

/** Tokens of one request that were drawn since it was last told of. Both have one entry per token. */
export interface DrawnTokens {
  readonly tokens: readonly number[];
  /** As in the result. */
  readonly logProbs: readonly number[];
}

/** Options of one call of an engine. */
export interface EngineCallOptions {
  /** Ends the running generations with stop reason `abort`. */
  readonly signal?: AbortSignal;
  /** Called when requests have ended. */
  readonly onProgress?: (finished: number, total: number) => void;
  /**
   * Called as tokens are drawn, where the engine `streams`: with the index of the request and its next tokens, in order.
   * Joined they are the tokens of its result, after an abort too, and the last come before `generate` resolves. It
   * changes no token. What it throws ends the call.
   */
  readonly onTokens?: (requestIndex: number, drawn: DrawnTokens) => void;
}

/** Where an engine reads new weights from. */
export type WeightSource =
  | { readonly kind: 'shared'; readonly version: number }
  /** A full checkpoint in the layout of Hugging Face. */
  | { readonly kind: 'checkpoint'; readonly directory: string; readonly version: number }
  /** A LoRA adapter in the layout of PEFT, over the weights the engine has. */
  | { readonly kind: 'adapter'; readonly directory: string; readonly version: number };

/** Produces continuations. Implementations live in `@rlloom/rollout`. */
export interface RolloutEngine {
  readonly capabilities: EngineCapabilities;
  /** Results in the order of the requests. Rejects with an `RlloomError`; an abort yields `stopReason: 'abort'`. */
  generate(requests: readonly GenerationRequest[], options?: EngineCallOptions): Promise<GenerationResult[]>;
  /** Generations that start afterwards use these weights, and their tokens carry `source.version`. */
  updateWeights(source: WeightSource): Promise<void>;
  /** Stops taking up new work until `resume`; running generations end or are kept, never lost. */
  pause(): Promise<void>;
  /** Takes up work again after `pause`. */
  resume(): Promise<void>;
  /** Frees what the engine holds; safe to call twice. */
  close(): Promise<void>;
}
