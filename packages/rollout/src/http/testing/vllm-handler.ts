import type { ProtocolAnswer, ProtocolHandler } from './protocol-server.ts';
import { serveModel } from './served-model.ts';

/** How a server was started. */
export interface VllmSwitches {
  /** `--logprobs-mode`. */
  readonly logProbsMode?: 'raw_logprobs' | 'processed_logprobs';
  /** `VLLM_SERVER_DEV_MODE=1`. */
  readonly devMode?: boolean;
  /** `--enable-lora` and `VLLM_ALLOW_RUNTIME_LORA_UPDATING=1`. */
  readonly lora?: boolean;
  /** `--enable-scale-out`: there is `/inference/v1/generate`. */
  readonly scaleOut?: boolean;
  /** The model to serve. Default: the small one of the fixtures. */
  readonly folder?: string;
}

/** vLLM 0.32's fields, as far as engines use them. Adapters are names: their weights are not read. */
export async function vllmHandler(switches: VllmSwitches = {}): Promise<ProtocolHandler> {
  const { logProbsMode = 'processed_logprobs', devMode = true, lora = false, scaleOut = true } = switches;
  const served = await serveModel(switches.folder);
  const adapters = new Set<string>();
  let weightVersion = 'default';
  let isPaused = false;
  let resumed: Promise<void> = Promise.resolve();
  let resume = (): void => undefined;

  const run = async (
    body: Readonly<Record<string, unknown>>,
    tokens: readonly number[],
    { id, parameters, signal }: { id: string; parameters: Readonly<Record<string, unknown>>; signal: AbortSignal },
  ) => {
    await resumed;
    const { temperature, top_p: topP, top_k: topK, min_p: minP } = parameters as Record<string, number>;
    const name = body['model'] as string | undefined;
    if (name !== undefined && name !== 'tiny' && !adapters.has(name)) return undefined;
    const result = await served.generate({
      id,
      tokens,
      seed: parameters['seed'] as number,
      signal,
      sampling: {
        temperature: temperature ?? 1,
        topP: topP ?? 1,
        topK: Math.max(topK ?? 0, 0),
        minP: minP ?? 0,
        maxNewTokens: parameters['max_tokens'] as number,
        eosTokenIds: [
          ...((parameters['stop_token_ids'] as number[] | undefined) ?? []),
          ...(parameters['ignore_eos'] === true ? [] : served.tokenizer.eosTokenIds),
        ],
        stopStrings: (parameters['stop'] as string[] | undefined) ?? [],
      },
    });
    const isGreedy = parameters['temperature'] === 0;
    const processed = isGreedy ? result.logProbs : result.samplingLogProbs;
    const logProbs = [...(logProbsMode === 'raw_logprobs' ? (result.rawLogProbs ?? []) : processed)];
    const last = result.tokens.at(-1);
    const isOwnEnd = last !== undefined && served.tokenizer.eosTokenIds.includes(last);
    const stopReason = {
      eos: isOwnEnd && parameters['ignore_eos'] !== true ? null : last,
      stop: result.stop?.string,
      length: null,
      abort: null,
      environment: null,
    }[result.stopReason];
    return {
      tokens: [...result.tokens],
      logProbs,
      text: result.text,
      finish: {
        finish_reason: { eos: 'stop', stop: 'stop', length: 'length', abort: 'abort', environment: 'stop' }[
          result.stopReason
        ],
        stop_reason: stopReason ?? null,
        weight_versions: [{ version: weightVersion, start: 0, end: result.tokens.length }],
      },
    };
  };
  const unknownModel: ProtocolAnswer = { status: 404, body: { error: { message: 'The model does not exist.' } } };

  const routes: Readonly<Record<string, ProtocolHandler>> = {
    'GET /health': async () => ({}),
    'GET /v1/models': async () => ({
      body: { object: 'list', data: [{ id: 'tiny', object: 'model', max_model_len: served.maxSequenceLength }] },
    }),
    'POST /inference/v1/generate': async ({ body, signal }) => {
      const tokens = body['token_ids'] as number[] | undefined;
      const parameters = body['sampling_params'] as Record<string, unknown> | undefined;
      if (!scaleOut) return { status: 403, body: { error: { message: 'Scale-out endpoints are disabled.' } } };
      if (tokens === undefined || parameters === undefined) return { status: 400, body: { error: 'Field required' } };
      const id = `generate-tokens-${String(body['request_id'])}`;
      const result = await run(body, tokens, { id, parameters, signal });
      if (result === undefined) return unknownModel;
      const content = result.tokens.map((token_id, index) => ({ token_id, logprob: result.logProbs[index], rank: 1 }));
      const choice = { index: 0, token_ids: result.tokens, logprobs: { content }, ...result.finish };
      return { body: { request_id: body['request_id'], choices: [choice] } };
    },
    'POST /v1/completions': async ({ body, signal }) => {
      const id = `cmpl-${String(body['request_id'])}-0`;
      const result = await run(body, body['prompt'] as number[], { id, parameters: body, signal });
      if (result === undefined) return unknownModel;
      const choice = {
        index: 0,
        text: result.text,
        logprobs: { token_logprobs: result.logProbs.map((value) => Math.max(value, -9999)) },
        ...(body['return_token_ids'] === true && { token_ids: result.tokens }),
        ...result.finish,
      };
      return { body: { choices: [choice], usage: { completion_tokens: result.tokens.length } } };
    },
    'POST /inference/v1/abort_requests': async ({ body }) => {
      if (!scaleOut) return undefined;
      for (const id of body['request_ids'] as string[]) served.abort(id);
      return {};
    },
    ...(devMode && {
      'POST /abort_requests': async ({ body }) => {
        for (const id of body['request_ids'] as string[]) served.abort(id);
        return { body: { status: 'aborted' } };
      },
      'GET /is_paused': async () => ({ body: { is_paused: isPaused } }),
      'GET /weight_info': async () => ({ body: { weight_version: weightVersion } }),
      'POST /pause': async () => {
        isPaused = true;
        resumed = new Promise((resolve) => (resume = resolve));
        return { body: { status: 'paused' } };
      },
      'POST /resume': async () => {
        isPaused = false;
        resume();
        return { body: { status: 'resumed' } };
      },
      'POST /collective_rpc': async ({ body }) => {
        if (body['method'] !== 'reload_weights') return { status: 500 };
        await served.load((body['kwargs'] as { weights_path: string }).weights_path);
        return { body: { results: [null] } };
      },
      'POST /reset_prefix_cache': async () => ({ body: { success: true } }),
      'POST /update_weight_version': async ({ body }) => {
        weightVersion = body['new_version'] as string;
        return { body: { success: true } };
      },
    }),
    ...(lora && {
      'GET /v1/load_lora_adapter': async () => ({ status: 405 }),
      'POST /v1/load_lora_adapter': async ({ body }) => {
        if (adapters.has(String(body['lora_name']))) {
          return { status: 400, body: { error: { message: 'The lora adapter has already been loaded.' } } };
        }
        adapters.add(String(body['lora_name']));
        return {};
      },
      'POST /v1/unload_lora_adapter': async ({ body }) => {
        adapters.delete(String(body['lora_name']));
        return {};
      },
    }),
  };
  return async (request) => routes[`${request.method} ${request.path}`]?.(request);
}
