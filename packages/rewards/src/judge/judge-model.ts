import type { Message } from '@rlloom/spec';

/** A JSON Schema (draft 2020-12 subset that judge servers take), as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** How one judgement is asked for. */
export interface JudgeAskOptions {
  readonly signal: AbortSignal;
  /** Most new tokens. */
  readonly maxTokens: number;
  /** 0 = greedy; `null` = whatever the server does by itself. */
  readonly temperature: number | null;
  /** `null` = none is sent. */
  readonly seed: number | null;
  /** What the text must satisfy. A judge that cannot promise that throws a `JudgeFailure` of kind `schema`. */
  readonly responseSchema?: JsonSchema;
}

/** What a judge wrote. Token counts are `null` where it does not tell. */
export interface JudgeAnswer {
  readonly text: string;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
}

/**
 * A model that judges: an endpoint (`createEndpointJudge`), an engine of this process (`createEngineJudge`), or any
 * function of your own. Rejects with a `JudgeFailure` when there is no answer.
 */
export interface JudgeModel {
  (messages: readonly Message[], options: JudgeAskOptions): Promise<JudgeAnswer>;
  /** Names model and server for the cache of answers. Absent = never cached, e.g. because its weights change. */
  readonly cacheKey?: string;
}

/**
 * Why a judge gave no answer.
 * - `schema`: it refuses `responseSchema`; ask again without.
 * - `unavailable`: it did not answer, or with an error, also after retries.
 * - `answer`: what it answered is no chat completion.
 * - `stopped`: the caller's signal ended it.
 */
export type JudgeFailureKind = 'schema' | 'unavailable' | 'answer' | 'stopped';

/** A judge's failure to answer: the sample is unverifiable, the run goes on. */
export class JudgeFailure extends Error {
  readonly kind: JudgeFailureKind;

  constructor(kind: JudgeFailureKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'JudgeFailure';
    this.kind = kind;
  }
}
