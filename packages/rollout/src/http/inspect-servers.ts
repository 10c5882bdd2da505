import { type EngineCapabilities, RlloomError, type SamplingParameters } from '@rlloom/spec';
import type { ServerConfig } from './engine.config.ts';
import { type KnownLogProbs, knownLogProbs, type LogProbMeaning, measureLogProbs } from './log-prob-meaning.ts';
import { ServerFailure } from './server-failure.ts';
import type { PooledServer } from './server-pool.ts';
import type { ServerFacts, ServerProtocol } from './server-protocol.ts';

/** What the servers of an engine are, all together. */
export interface InspectedServers {
  readonly capabilities: EngineCapabilities;
  /** Name of the model in requests; `undefined` = requests name none. */
  readonly model: string | undefined;
  /** Which of a request's log-probs their answers tell. */
  readonly knownLogProbs: (sampling: SamplingParameters) => KnownLogProbs;
}

/** What `inspectServers` needs beside the servers. */
export interface InspectServersOptions {
  readonly protocol: ServerProtocol;
  readonly config: ServerConfig;
  /** Whether new weights are brought by a function of the caller. */
  readonly isReloaded: boolean;
  /** Names a request of one token that measures. */
  readonly probeId: () => string;
  readonly signal: AbortSignal;
}

/**
 * Asks servers what they can, and measures what their log-probs are taken of.
 *
 * @throws RlloomError kind `rollout` for servers that cannot be used, or not together
 */
export async function inspectServers(
  servers: readonly PooledServer[],
  options: InspectServersOptions,
): Promise<InspectedServers> {
  const { protocol, config, isReloaded } = options;
  try {
    const { maxSequenceLength } = config;
    const weightUpdate = isReloaded ? 'none' : config.weightUpdate;
    const needs = { timeoutMs: config.controlTimeoutMs, weightUpdate, model: config.model, maxSequenceLength } as const;
    const all = await Promise.all(servers.map(({ connection }) => protocol.inspect(connection, needs)));
    const [{ model }] = all as [ServerFacts];
    const meaning = await meaningOf(servers, model, options);
    return {
      model,
      capabilities: {
        name: protocol.name,
        logProbs: all.every(({ isFullPrecision }) => isFullPrecision) ? 'approximate' : 'none',
        weightUpdate: weightUpdateOf(options),
        maxSequenceLength: Math.min(...all.map((facts) => facts.maxSequenceLength)),
        seeded: all.every(({ seeded }) => seeded),
        stopStrings: true,
        joinsCalls: true,
      },
      knownLogProbs: (sampling) => (protocol.knownLogProbs ?? knownLogProbs)(meaning, sampling),
    };
  } catch (error) {
    if (!(error instanceof ServerFailure)) throw error;
    throw new RlloomError('rollout', {
      what: `the ${protocol.name} server cannot be used: ${error.message}`,
      where: 'rollout.engine.urls',
      fix: 'start it, or correct the address',
      cause: error,
    });
  }
}

async function meaningOf(
  servers: readonly PooledServer[],
  model: string | undefined,
  { protocol, config, probeId, signal }: InspectServersOptions,
): Promise<LogProbMeaning> {
  if (protocol.logProbMeaning !== undefined) return protocol.logProbMeaning;
  if (config.logProbMeaning !== 'measure') return config.logProbMeaning;
  const measured = await Promise.all(
    servers.map(({ url, connection }) =>
      measureLogProbs(url, async (prompt, sampling) => {
        const { logProbs } = await protocol.generate(
          {
            ...{ server: connection, requestId: probeId(), tokens: prompt, maxNewTokens: 1, seed: 1, sampling },
            ...{ eosTokenIds: [], stopStrings: [], timeoutMs: config.controlTimeoutMs, signal },
          },
          model,
        );
        return logProbs[0] ?? Number.NaN;
      }),
    ),
  );
  if (measured.every((one) => one === measured[0])) return measured[0] as LogProbMeaning;
  throw new RlloomError('rollout', {
    what: `the servers give log-probs of different kinds: ${measured.join(', ')}`,
    where: 'rollout.engine.urls',
    fix: 'start all of them with the same settings',
  });
}

function weightUpdateOf({ protocol, config, isReloaded }: InspectServersOptions): EngineCapabilities['weightUpdate'] {
  if (config.weightUpdate === 'adapter' && protocol.loadAdapter !== undefined) return 'adapter';
  if (config.weightUpdate === 'full' && (protocol.loadCheckpoint !== undefined || isReloaded)) return 'full';
  return 'none';
}
