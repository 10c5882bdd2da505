import type { SamplingParameters } from '@rlloom/spec';
import type { JsonServer } from './json-server.ts';
import type { KnownLogProbs, LogProbMeaning } from './log-prob-meaning.ts';

/** What a server says of itself before a run. */
export interface ServerFacts {
  /** Prompt and response together, in tokens. */
  readonly maxSequenceLength: number;
  /** Name of the model in requests; `undefined` = requests name none. */
  readonly model?: string | undefined;
  /** Whether a request's seed makes its tokens the same again. */
  readonly seeded: boolean;
  /** Whether its numbers are those of the weights the trainer has: false for a quantised model. */
  readonly isFullPrecision: boolean;
}

/** One request to one server. */
export interface GenerateCall {
  readonly server: JsonServer;
  /** Names this attempt at the server. */
  readonly requestId: string;
  readonly tokens: readonly number[];
  readonly maxNewTokens: number;
  /** End tokens; none = nothing but the budget and stop strings ends it. */
  readonly eosTokenIds: readonly number[];
  readonly stopStrings: readonly string[];
  readonly sampling: SamplingParameters;
  readonly seed: number;
  /** The same for requests with a common prefix that belong together. */
  readonly sessionId?: string | undefined;
  /** Name of the adapter to use; `undefined` = the weights as they are. */
  readonly adapter?: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Tokens `start` to `end` (exclusive) of an answer were drawn with weights of this name. */
export interface VersionSpan {
  readonly version: string;
  readonly start: number;
  readonly end: number;
}

/** What a server answered. Arrays have one entry per token. */
export interface ServerGeneration {
  readonly tokens: readonly number[];
  /** Taken of what the server takes them of. */
  readonly logProbs: readonly number[];
  /** Under the truncated distribution, where the server gives both. */
  readonly samplingLogProbs?: readonly number[];
  /**
   * `budget` = all tokens that were asked for; `stop-string` = the server found one; `token` = the server took the last
   * token for an end; `cut` = something else ended it before its time.
   */
  readonly end: 'budget' | 'stop-string' | 'token' | 'cut';
  readonly versions?: readonly VersionSpan[];
}

/** New weights for a server. */
export interface CheckpointPush {
  readonly directory: string;
  readonly version: number;
  /** Whether requests may be under way; they then go on with the new weights. */
  readonly interruptible: boolean;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A small request to an endpoint that answers soon. */
export interface ControlCall {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What a run will want of a server. */
export interface InspectCall extends ControlCall {
  readonly weightUpdate: 'full' | 'adapter' | 'none';
  /** Name of the model; `null` = the first the server has. */
  readonly model: string | null;
  /** `null` = as the server says. */
  readonly maxSequenceLength: number | null;
}

/** How one kind of server is spoken to. Every method throws a `ServerFailure` when the server fails. */
export interface ServerProtocol {
  readonly name: string;
  /** Who looks for stop strings; `client` = between requests of some tokens each. */
  readonly stopStringsAt: 'server' | 'client';
  /** What log-probs are taken of, where it is the same for every such server; else it is measured. */
  readonly logProbMeaning?: LogProbMeaning;
  /**
   * What the server says of itself. Leaves it ready to work.
   *
   * @throws RlloomError kind `rollout` for a server without something that is needed
   */
  inspect(server: JsonServer, call: InspectCall): Promise<ServerFacts>;
  isHealthy(server: JsonServer, call: ControlCall): Promise<boolean>;
  /** Which log-probs answers will have, where it does not follow from their meaning. */
  knownLogProbs?(meaning: LogProbMeaning, sampling: SamplingParameters): KnownLogProbs;
  generate(call: GenerateCall, model: string | undefined): Promise<ServerGeneration>;
  /** Ends a request, which then answers with what it has. Absent: it ends with its connection, and answers nothing. */
  abort?(server: JsonServer, requestId: string, call: ControlCall): Promise<void>;
  /** The name of the weights a server works with; absent or `undefined` = it does not tell. */
  weightVersion?(server: JsonServer, call: ControlCall): Promise<string | undefined>;
  /** Replaces all weights. */
  loadCheckpoint?(server: JsonServer, push: CheckpointPush): Promise<void>;
  /** Adds an adapter that requests can name. */
  loadAdapter?(
    server: JsonServer,
    adapter: { readonly name: string; readonly directory: string },
    call: ControlCall,
  ): Promise<void>;
  unloadAdapter?(server: JsonServer, name: string, call: ControlCall): Promise<void>;
  /** Forgets cached prefixes. */
  resetPrefixCache?(server: JsonServer, call: ControlCall): Promise<void>;
}
