import { RlloomError } from '@rlloom/spec';
import { requestObject } from './json-server.ts';
import { inspectModels } from './models-endpoint.ts';
import { asArray, asNumber, asObject, type Json, readVersions } from './read-answer.ts';
import { ServerFailure } from './server-failure.ts';
import type { GenerateCall, InspectCall, ServerGeneration, ServerProtocol } from './server-protocol.ts';

/**
 * Any server with OpenAI's `/v1/completions` that takes prompts of token ids and gives token ids and log-probs back.
 */
export function openAiProtocol(): ServerProtocol {
  return {
    name: 'openai',
    stopStringsAt: 'client',
    async inspect(server, call) {
      const facts = await inspectModels(server, call);
      await checkTokens(server, call, facts.model);
      return { ...facts, seeded: true, isFullPrecision: true };
    },
    async isHealthy(server, call) {
      return (await server.request({ ...call, method: 'GET', path: '/v1/models' })).status === 200;
    },
    generate: complete,
  };
}

async function complete(call: GenerateCall, model: string | undefined): Promise<ServerGeneration> {
  const { sampling, eosTokenIds } = call;
  const answer = await requestObject(call.server, {
    path: '/v1/completions',
    body: {
      model,
      prompt: call.tokens,
      stream: false,
      n: 1,
      max_tokens: call.maxNewTokens,
      temperature: sampling.temperature,
      top_p: sampling.topP,
      seed: call.seed,
      logprobs: 1,
      return_token_ids: true,
      // Beside the standard; servers that keep to it do not see them unless they are needed.
      ...(sampling.topK > 0 && { top_k: sampling.topK }),
      ...(sampling.minP > 0 && { min_p: sampling.minP }),
      ...(eosTokenIds.length > 0 && { stop_token_ids: eosTokenIds }),
    },
    timeoutMs: call.timeoutMs,
    signal: call.signal,
  });
  const choice = asObject(asArray(answer['choices'], 'choices')[0], 'choice');
  const tokens = completionIds(choice);
  const written = (answer['usage'] as Json | undefined)?.['completion_tokens'];
  if (typeof written === 'number' && written !== tokens.length) {
    throw new ServerFailure('answer', `the server wrote ${written} tokens and tells ${tokens.length} of them`);
  }
  return {
    tokens,
    logProbs: completionLogProbs(choice),
    end: choice['finish_reason'] === 'length' ? 'budget' : 'token',
    versions: readVersions(choice['weight_versions']),
  };
}

/**
 * The token ids of a choice, in any of the ways servers write them: `token_ids` (vLLM), `logprobs.content[].id`
 * (llama.cpp), `logprobs.tokens` of the form `token_id:5`.
 *
 * @throws ServerFailure `answer` when there are none
 */
export function completionIds(choice: Json): readonly number[] {
  if (Array.isArray(choice['token_ids'])) return choice['token_ids'] as number[];
  const logProbs = asObject(choice['logprobs'], 'token ids');
  if (Array.isArray(logProbs['content'])) {
    return logProbs['content'].map((entry) => {
      const { id, token_id } = asObject(entry, 'token');
      return asNumber(id ?? token_id, 'token ids');
    });
  }
  return asArray(logProbs['tokens'], 'token ids').map((token) => {
    const id = typeof token === 'string' ? /^token_id:(\d+)$/.exec(token)?.[1] : undefined;
    return asNumber(id === undefined ? undefined : Number(id), 'token ids');
  });
}

/**
 * The log-probs of a choice, as OpenAI writes them for completions or for chats.
 *
 * @throws ServerFailure `answer` when there are none
 */
export function completionLogProbs(choice: Json): readonly number[] {
  if (Array.isArray(choice['token_ids']) && choice['token_ids'].length === 0) return [];
  const logProbs = asObject(choice['logprobs'], 'log-probs');
  const values = Array.isArray(logProbs['content'])
    ? logProbs['content'].map((entry) => asObject(entry, 'log-prob')['logprob'])
    : asArray(logProbs['token_logprobs'], 'log-probs');
  return values.map((value) => asNumber(value, 'log-probs'));
}

// Asked before the run, so that what a server lacks is not found at its first step.
async function checkTokens(server: GenerateCall['server'], call: InspectCall, model: string): Promise<void> {
  const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens: 2 };
  const lacks = (why: string, cause?: unknown): RlloomError =>
    new RlloomError('rollout', {
      what: `the server at ${server.url} cannot be trained with: ${why}`,
      where: 'rollout.engine.name',
      fix: 'tokens must be exact, so use a server that takes prompts of token ids and answers with token ids and log-probs, e.g. vllm, sglang or llama_cpp_server',
      cause,
    });
  try {
    const answer = await complete(
      {
        server,
        requestId: 'probe',
        tokens: [1, 2],
        maxNewTokens: 2,
        eosTokenIds: [],
        stopStrings: [],
        sampling,
        seed: 1,
        timeoutMs: call.timeoutMs,
        signal: call.signal ?? new AbortController().signal,
      },
      model,
    );
    if (answer.tokens.length === 0) throw lacks('it answers without tokens');
    if (answer.logProbs.length !== answer.tokens.length) throw lacks('it does not give one log-prob per token');
  } catch (error) {
    if (!(error instanceof ServerFailure)) throw error;
    if (error.reason === 'answer' || (error.reason === 'status' && !error.isPassing)) throw lacks(error.message, error);
    throw error;
  }
}
