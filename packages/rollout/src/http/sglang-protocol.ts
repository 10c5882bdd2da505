import { RlloomError } from '@rlloom/spec';
import { type JsonServer, requestObject, requestSuccess } from './json-server.ts';
import { isTruncated, knownLogProbs } from './log-prob-meaning.ts';
import { inspectModels } from './models-endpoint.ts';
import { asArray, asNumber, asObject, type Json, readVersions, readWeightVersion } from './read-answer.ts';
import { ServerFailure } from './server-failure.ts';
import type { CheckpointPush, ControlCall, GenerateCall, ServerGeneration, ServerProtocol } from './server-protocol.ts';

/** SGLang: tokens in and out by `/generate`. */
export function sglangProtocol(): ServerProtocol {
  return {
    name: 'sglang',
    stopStringsAt: 'server',
    async inspect(server, call) {
      const facts = await inspectModels(server, call);
      const info = await requestObject(server, { ...call, method: 'GET', path: '/get_server_info' });
      if (call.weightUpdate === 'adapter' && info['enable_lora'] !== true && info['lora_paths'] == null) {
        throw new RlloomError('rollout', {
          what: `the sglang server at ${server.url} cannot be given adapters`,
          where: 'rollout.engine.weight_update',
          fix: 'start it with --enable-lora, --max-lora-rank and --lora-target-modules',
        });
      }
      return {
        ...facts,
        // Other servers draw all requests from one stream.
        seeded: info['enable_deterministic_inference'] === true,
        isFullPrecision: info['quantization'] == null,
      };
    },
    isHealthy: async (server, call) =>
      (await server.request({ ...call, method: 'GET', path: '/health' })).status === 200,
    // With the mask of what was kept it tells both.
    knownLogProbs: (meaning, sampling) =>
      meaning === 'temperature' ? { logProbs: true, samplingLogProbs: true } : knownLogProbs(meaning, sampling),
    generate,
    async abort(server, requestId, call) {
      await requestSuccess(server, { ...call, path: '/abort_request', body: { rid: requestId } });
    },
    weightVersion: (server, call) => readWeightVersion(server, '/model_info', call),
    loadCheckpoint,
    async loadAdapter(server, { name, directory }, call) {
      const body = { lora_name: name, lora_path: directory };
      const answer = await server.request({ ...call, path: '/load_lora_adapter', body });
      if (answer.status === 200 || /already (been )?(loaded|exists)/i.test(answer.text)) return;
      throw new ServerFailure('status', `/load_lora_adapter answers ${answer.status}: ${answer.text}`, {
        status: answer.status,
      });
    },
    async unloadAdapter(server, name, call) {
      await requestSuccess(server, { ...call, path: '/unload_lora_adapter', body: { lora_name: name } });
    },
    async resetPrefixCache(server, call) {
      await requestSuccess(server, { ...call, path: '/flush_cache' });
    },
  };
}

async function generate(call: GenerateCall): Promise<ServerGeneration> {
  const { sampling, eosTokenIds, stopStrings } = call;
  const wantsMask = isTruncated(sampling);
  const answer = await requestObject(call.server, {
    path: '/generate',
    body: {
      rid: call.requestId,
      input_ids: call.tokens,
      stream: false,
      return_logprob: true,
      ...(wantsMask && { return_sampling_mask: true }),
      ...(call.adapter !== undefined && { lora_path: call.adapter }),
      sampling_params: {
        temperature: sampling.temperature,
        top_k: sampling.topK === 0 ? -1 : sampling.topK,
        top_p: sampling.topP,
        min_p: sampling.minP,
        sampling_seed: call.seed,
        max_new_tokens: call.maxNewTokens,
        // Ignoring the model's end tokens ignores all; those that are none for the request are gone on from.
        ...(eosTokenIds.length === 0 ? { ignore_eos: true } : { stop_token_ids: eosTokenIds }),
        ...(stopStrings.length > 0 && { stop: stopStrings }),
        skip_special_tokens: false,
        no_stop_trim: true,
      },
    },
    timeoutMs: call.timeoutMs,
    signal: call.signal,
  });
  const meta = asObject(answer['meta_info'], 'meta_info');
  const end = endOf(meta);
  const entries = (meta['output_token_logprobs'] ?? (end === 'cut' ? [] : undefined)) as unknown;
  const pairs = asArray(entries, 'output_token_logprobs').map((entry) => asArray(entry, 'log-prob of a token'));
  const tokens = pairs.map(([, token]) => asNumber(token, 'token id'));
  const spans = readVersions(meta['weight_versions']);
  const version = typeof meta['weight_version'] === 'string' ? meta['weight_version'] : undefined;
  return {
    tokens,
    logProbs: pairs.map(([logProb]) => asNumber(logProb, 'log-prob')),
    ...(wantsMask && {
      samplingLogProbs: asArray(
        meta['output_token_sampling_logprobs'] ?? (tokens.length === 0 ? [] : undefined),
        'output_token_sampling_logprobs',
      ) as readonly number[],
    }),
    end,
    versions: spans.length > 0 || version === undefined ? spans : [{ version, start: 0, end: tokens.length }],
  };
}

function endOf(meta: Json): ServerGeneration['end'] {
  const { type, matched } = asObject(meta['finish_reason'], 'finish_reason');
  if (type === 'length') return 'budget';
  if (type !== 'stop') return 'cut';
  return typeof matched === 'string' ? 'stop-string' : 'token';
}

async function loadCheckpoint(server: JsonServer, push: CheckpointPush): Promise<void> {
  const call: ControlCall = { timeoutMs: push.timeoutMs, signal: push.signal };
  const post = (path: string, body: unknown) => requestSuccess(server, { ...call, path, body });
  // Retracted requests compute their keys and values anew, with the new weights.
  if (push.interruptible) await post('/pause_generation', { mode: 'retract' });
  try {
    const body = { model_path: push.directory, weight_version: String(push.version), flush_cache: true };
    await post('/update_weights_from_disk', body);
  } finally {
    if (push.interruptible) await post('/continue_generation', {});
  }
}
