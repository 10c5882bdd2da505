import type { ProtocolHandler } from './protocol-server.ts';
import { serveModel } from './served-model.ts';

/** SGLang 0.5's fields, as far as engines use them. Adapters are names: their weights are not read. */
export async function sglangHandler(folder?: string): Promise<ProtocolHandler> {
  const served = await serveModel(folder);
  const adapters = new Set<string>();
  let weightVersion = 'default';

  const generate: ProtocolHandler = async ({ body, signal }) => {
    const parameters = body['sampling_params'] as Record<string, unknown>;
    const { temperature, top_p: topP, top_k: topK, min_p: minP } = parameters as Record<string, number>;
    const adapter = body['lora_path'] as string | undefined;
    if (adapter !== undefined && !adapters.has(adapter)) {
      return { status: 400, body: { error: { message: `The following requested LoRA adapters are not loaded` } } };
    }
    const ownEnds = served.tokenizer.eosTokenIds;
    const result = await served.generate({
      id: body['rid'] as string,
      tokens: body['input_ids'] as number[],
      seed: parameters['sampling_seed'] as number,
      signal,
      sampling: {
        temperature: temperature ?? 1,
        topP: topP ?? 1,
        topK: Math.max(topK ?? 0, 0),
        minP: minP ?? 0,
        maxNewTokens: parameters['max_new_tokens'] as number,
        // As the scheduler has it: ignore_eos ignores every end token, else the model's own count as well.
        eosTokenIds:
          parameters['ignore_eos'] === true
            ? []
            : [...((parameters['stop_token_ids'] as number[] | undefined) ?? []), ...ownEnds],
        stopStrings: (parameters['stop'] as string[] | undefined) ?? [],
      },
    });
    const finish = {
      eos: { type: 'stop', matched: result.tokens.at(-1) },
      stop: { type: 'stop', matched: result.stop?.string },
      length: { type: 'length', length: result.tokens.length },
      abort: { type: 'abort', message: 'Aborted' },
      environment: undefined,
    }[result.stopReason];
    return {
      body: {
        text: result.text,
        output_ids: [...result.tokens],
        meta_info: {
          id: body['rid'],
          finish_reason: finish,
          weight_version: weightVersion,
          completion_tokens: result.tokens.length,
          output_token_logprobs: [...result.tokens].map((token, index) => [result.logProbs[index], token, null]),
          ...(body['return_sampling_mask'] === true && {
            output_token_sampling_logprobs: [...result.samplingLogProbs],
          }),
        },
      },
    };
  };

  const routes: Readonly<Record<string, ProtocolHandler>> = {
    'GET /health': async () => ({}),
    'GET /v1/models': async () => ({
      body: { object: 'list', data: [{ id: 'tiny', object: 'model', max_model_len: served.maxSequenceLength }] },
    }),
    'GET /get_server_info': async () => ({
      body: { enable_deterministic_inference: true, enable_lora: true, quantization: null, version: '0.5.23' },
    }),
    'GET /model_info': async () => ({ body: { model_path: 'tiny', weight_version: weightVersion } }),
    'POST /generate': generate,
    'POST /abort_request': async ({ body }) => {
      served.abort(body['rid'] as string);
      return {};
    },
    'POST /flush_cache': async () => ({}),
    'POST /pause_generation': async () => ({ body: { status: 'ok' } }),
    'POST /continue_generation': async () => ({ body: { status: 'ok' } }),
    'POST /update_weights_from_disk': async ({ body }) => {
      await served.load(body['model_path'] as string);
      weightVersion = body['weight_version'] as string;
      return { body: { success: true, message: '', num_paused_requests: 0 } };
    },
    'POST /load_lora_adapter': async ({ body }) => {
      adapters.add(body['lora_name'] as string);
      return { body: { success: true } };
    },
    'POST /unload_lora_adapter': async ({ body }) => {
      adapters.delete(body['lora_name'] as string);
      return { body: { success: true } };
    },
  };
  return async (request) => routes[`${request.method} ${request.path}`]?.(request);
}
