import { RlloomError, type SamplingParameters } from '@rlloom/spec';
import { type JsonServer, requestObject, requestSuccess } from './json-server.ts';
import { inspectModels } from './models-endpoint.ts';
import { completionIds, completionLogProbs } from './openai-protocol.ts';
import { asArray, asNumber, asObject, type Json, readVersions, readWeightVersion } from './read-answer.ts';
import { ServerFailure } from './server-failure.ts';
import type { CheckpointPush, ControlCall, GenerateCall, ServerGeneration, ServerProtocol } from './server-protocol.ts';

/**
 * vLLM: tokens in and out by `/inference/v1/generate`, or by `/v1/completions` where the server lacks it or was
 * started without `--enable-scale-out`.
 */
export function vllmProtocol(): ServerProtocol {
  const withoutGenerate = new Set<string>();
  return {
    name: 'vllm',
    stopStringsAt: 'server',
    async inspect(server, call) {
      const facts = await inspectModels(server, call);
      // An empty request is told what it lacks where the endpoint is at work, so nothing is generated.
      const probe = await server.request({ ...call, path: '/inference/v1/generate', body: {} });
      if ([403, 404, 405].includes(probe.status)) withoutGenerate.add(server.url);
      if (call.weightUpdate === 'full') await readyForWeights(server, call);
      if (call.weightUpdate === 'adapter') await readyForAdapters(server, call);
      return { ...facts, seeded: true, isFullPrecision: true };
    },
    isHealthy: async (server, call) =>
      (await server.request({ ...call, method: 'GET', path: '/health' })).status === 200,
    generate: (call, model) =>
      withoutGenerate.has(call.server.url) ? complete(call, model) : generateTokens(call, model),
    async abort(server, requestId, call) {
      const body = { request_ids: [`generate-tokens-${requestId}`, `cmpl-${requestId}`, `cmpl-${requestId}-0`] };
      const answer = await server.request({ ...call, path: '/inference/v1/abort_requests', body });
      if (answer.status !== 200) await requestSuccess(server, { ...call, path: '/abort_requests', body });
    },
    weightVersion: (server, call) => readWeightVersion(server, '/weight_info', call),
    loadCheckpoint,
    async loadAdapter(server, { name, directory }, call) {
      const body = { lora_name: name, lora_path: directory };
      const answer = await server.request({ ...call, path: '/v1/load_lora_adapter', body });
      if (answer.status === 200 || answer.text.includes('already been loaded')) return;
      throw new ServerFailure('status', `/v1/load_lora_adapter answers ${answer.status}: ${answer.text}`, {
        status: answer.status,
      });
    },
    async unloadAdapter(server, name, call) {
      await requestSuccess(server, { ...call, path: '/v1/unload_lora_adapter', body: { lora_name: name } });
    },
    resetPrefixCache,
  };
}

async function generateTokens(call: GenerateCall, model: string | undefined): Promise<ServerGeneration> {
  const answer = await requestObject(call.server, {
    path: '/inference/v1/generate',
    body: {
      request_id: call.requestId,
      model: call.adapter ?? model,
      token_ids: call.tokens,
      stream: false,
      sampling_params: { ...samplingFields(call), logprobs: 0 },
    },
    timeoutMs: call.timeoutMs,
    signal: call.signal,
  });
  const choice = asObject(asArray(answer['choices'], 'choices')[0], 'choice');
  const tokens = asArray(choice['token_ids'], 'token_ids') as readonly number[];
  // A request that was aborted before its first token has none.
  const content = tokens.length === 0 ? [] : asArray(asObject(choice['logprobs'], 'logprobs')['content'], 'content');
  const entries = content.map((entry) => asObject(entry, 'log-prob'));
  if (entries.some(({ token_id }, index) => token_id !== tokens[index])) {
    throw new ServerFailure('answer', 'log-probs are of other tokens than those of the answer');
  }
  return {
    tokens,
    logProbs: entries.map(({ logprob }) => asNumber(logprob, 'logprob')),
    end: endOf(choice),
    versions: readVersions(choice['weight_versions']),
  };
}

async function complete(call: GenerateCall, model: string | undefined): Promise<ServerGeneration> {
  const answer = await requestObject(call.server, {
    path: '/v1/completions',
    body: {
      request_id: call.requestId,
      model: call.adapter ?? model,
      prompt: call.tokens,
      stream: false,
      logprobs: 0,
      return_token_ids: true,
      return_weight_versions: true,
      ...samplingFields(call),
    },
    timeoutMs: call.timeoutMs,
    signal: call.signal,
  });
  const choice = asObject(asArray(answer['choices'], 'choices')[0], 'choice');
  return {
    tokens: completionIds(choice),
    logProbs: completionLogProbs(choice),
    end: endOf(choice),
    versions: readVersions(choice['weight_versions']),
  };
}

function samplingFields({ sampling, seed, maxNewTokens, eosTokenIds, stopStrings }: GenerateCall): Json {
  return {
    ...nucleus(sampling),
    temperature: sampling.temperature,
    seed,
    max_tokens: maxNewTokens,
    // The end tokens of the request are all there are.
    ignore_eos: true,
    stop_token_ids: eosTokenIds,
    ...(stopStrings.length > 0 && { stop: stopStrings }),
  };
}

function nucleus({ topK, topP, minP }: SamplingParameters): Json {
  return { top_k: topK === 0 ? -1 : topK, top_p: topP, min_p: minP };
}

function endOf({ finish_reason, stop_reason }: Json): ServerGeneration['end'] {
  if (finish_reason === 'length') return 'budget';
  if (finish_reason !== 'stop') return 'cut';
  return typeof stop_reason === 'string' ? 'stop-string' : 'token';
}

async function loadCheckpoint(server: JsonServer, push: CheckpointPush): Promise<void> {
  const call = { timeoutMs: push.timeoutMs, signal: push.signal };
  const post = (path: string, body: unknown = {}) => requestSuccess(server, { ...call, path, body });
  await post(`/pause?mode=${push.interruptible ? 'keep' : 'wait'}`);
  try {
    await post('/collective_rpc', { method: 'reload_weights', kwargs: { weights_path: push.directory } });
    await resetPrefixCache(server, call, push.interruptible);
    await post('/update_weight_version', { new_version: String(push.version) });
  } finally {
    await post('/resume');
  }
}

// Cached keys and values are of the weights before.
async function resetPrefixCache(server: JsonServer, call: ControlCall, resetRunning = false): Promise<void> {
  const path = `/reset_prefix_cache${resetRunning ? '?reset_running_requests=true' : ''}`;
  const { body } = await requestSuccess(server, { ...call, path, body: {} });
  if (typeof body === 'object' && body !== null && (body as Json)['success'] === false) {
    throw new ServerFailure('answer', 'the prefix cache could not be reset: something holds it');
  }
}

async function readyForWeights(server: JsonServer, call: ControlCall): Promise<void> {
  const answer = await server.request({ ...call, method: 'GET', path: '/is_paused' });
  if (answer.status !== 200) {
    throw new RlloomError('rollout', {
      what: `the vllm server at ${server.url} cannot be given weights: it has no /is_paused`,
      where: 'rollout.engine.weight_update',
      fix: 'start it with VLLM_SERVER_DEV_MODE=1 in its environment, or use weight_update=adapter',
    });
  }
  // A run that ended in the middle of an update left it so.
  if (asObject(answer.body, 'answer of /is_paused')['is_paused'] === true) {
    await requestSuccess(server, { ...call, path: '/resume', body: {} });
  }
}

async function readyForAdapters(server: JsonServer, call: ControlCall): Promise<void> {
  const { status } = await server.request({ ...call, method: 'GET', path: '/v1/load_lora_adapter' });
  if (status !== 404) return;
  throw new RlloomError('rollout', {
    what: `the vllm server at ${server.url} cannot be given adapters: it has no /v1/load_lora_adapter`,
    where: 'rollout.engine.weight_update',
    fix: 'start it with --enable-lora, and VLLM_ALLOW_RUNTIME_LORA_UPDATING=1 in its environment',
  });
}
