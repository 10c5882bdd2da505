import { type EngineConfig, type ServerConfig, serverConfig, type ServerOptions } from './engine.config.ts';
import { llamaServerProtocol } from './llama-server-protocol.ts';
import { openAiProtocol } from './openai-protocol.ts';
import { createServerEngine, type ServerEngine, type ServerEngineParts } from './server-engine.ts';
import type { ServerProtocol } from './server-protocol.ts';
import { sglangProtocol } from './sglang-protocol.ts';
import { vllmProtocol } from './vllm-protocol.ts';

/** Options of server engines, and what they are made of. */
export type CreateServerEngineOptions = ServerOptions & ServerEngineParts;

/**
 * The engine over vLLM servers (`vllm serve`). For importance ratios start them with
 * `--logprobs-mode processed_logprobs`; for `weightUpdate: 'full'` with `VLLM_SERVER_DEV_MODE=1`; for `'adapter'` with
 * `--enable-lora` and `VLLM_ALLOW_RUNTIME_LORA_UPDATING=1`.
 *
 * @throws RlloomError kind `rollout` when a server cannot be reached or lacks something that is needed
 */
export function createVllmEngine(options: CreateServerEngineOptions): Promise<ServerEngine> {
  return create(vllmProtocol(), options);
}

/**
 * The engine over SGLang servers. They give both log-probs as they are; seeds count with
 * `--enable-deterministic-inference` only.
 *
 * @throws RlloomError kind `rollout` when a server cannot be reached or lacks something that is needed
 */
export function createSglangEngine(options: CreateServerEngineOptions): Promise<ServerEngine> {
  return create(sglangProtocol(), options);
}

/**
 * The engine over llama.cpp's own servers (`llama-server`). Their weights are fixed: `reload` may restart them with new
 * ones. Log-probs are fit for ratios with models in F32, F16 or BF16; of others `capabilities.logProbs` is `none`.
 *
 * @throws RlloomError kind `rollout` when a server cannot be reached or lacks something that is needed
 */
export function createLlamaCppServerEngine(options: CreateServerEngineOptions): Promise<ServerEngine> {
  return create(llamaServerProtocol(), options);
}

/**
 * The engine over any server with OpenAI's `/v1/completions` that takes token ids and answers with token ids and
 * log-probs; asked at the start.
 *
 * @throws RlloomError kind `rollout` when a server cannot be reached or lacks something that is needed
 */
export function createOpenAiEngine(options: CreateServerEngineOptions): Promise<ServerEngine> {
  return create(openAiProtocol(), options);
}

const makers = {
  vllm: createVllmEngine,
  sglang: createSglangEngine,
  llama_cpp_server: createLlamaCppServerEngine,
  openai: createOpenAiEngine,
};

/**
 * The server engine that a run's configuration names.
 *
 * @throws RlloomError kind `rollout` when a server cannot be reached or lacks something that is needed
 */
export function createConfiguredServerEngine(
  config: Exclude<EngineConfig, { readonly name: 'local' | 'llama_cpp' }>,
  parts: ServerEngineParts,
): Promise<ServerEngine> {
  const { name, ...options } = config;
  return makers[name]({ ...options, ...parts });
}

function create(protocol: ServerProtocol, options: CreateServerEngineOptions): Promise<ServerEngine> {
  const { tokenizer, apiKey, onServerEvent, reload, ...rest } = options;
  const config: ServerConfig = serverConfig.parse(rest);
  return createServerEngine(protocol, config, {
    tokenizer,
    apiKey: apiKey ?? (config.apiKeyEnv === null ? undefined : process.env[config.apiKeyEnv]),
    ...(onServerEvent !== undefined && { onServerEvent }),
    ...(reload !== undefined && { reload }),
  });
}
