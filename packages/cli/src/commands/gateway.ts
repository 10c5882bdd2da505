import { once } from 'node:events';
import { resolve } from 'node:path';
import { loadConfig } from '@rlloom/config';
import { toolFormatOf } from '@rlloom/environments';
import { loadModel, loadTokenizer } from '@rlloom/models';
import { createRewardPool } from '@rlloom/rewards';
import { createConfiguredServerEngine, createLlamaCppEngine, createLocalEngine } from '@rlloom/rollout';
import { createGateway } from '@rlloom/rollout/gateway';
import type { RolloutEngine, Tokenizer } from '@rlloom/spec';
import { selectBackend } from '@rlloom/tensor';
import { type CliContext, writeLines } from '../cli-context.ts';
import { type GatewayCommandConfig, gatewayCommandConfig } from '../gateway/gateway-command-config.ts';
import { createSessionRecorder, type SessionRecorder } from '../gateway/session-recorder.ts';
import { packageVersion } from '../package-version.ts';
import { findModelFolder } from '../run/find-model-folder.ts';
import { tokenFromEnvironment } from '../serve/token-from-environment.ts';

/** Options of `rlloom gateway`. */
export interface GatewayCommandOptions {
  readonly configPath: string;
  readonly configName: string;
}

/** `rlloom gateway`: answers agents until it is interrupted, and records their sessions where it is told to. */
export async function gatewayCommand(
  overrides: readonly string[],
  options: GatewayCommandOptions,
  context: CliContext,
): Promise<void> {
  const { workingDirectory, env, signal, stderr } = context;
  const { config } = await loadConfig({
    schema: gatewayCommandConfig,
    ...options,
    overrides,
    baseDirectory: workingDirectory,
  });
  const { host, port, tokenEnv } = config.server;
  const token =
    tokenEnv === null
      ? undefined
      : tokenFromEnvironment(env, tokenEnv, {
          where: 'server.token_env',
          fix: `put the API key into ${tokenEnv}, or take server.token_env out`,
        });
  const say = (line: string): void => writeLines(stderr, [line]);
  // What was opened last is closed first.
  const opened: (() => Promise<void> | void)[] = [];
  try {
    const folder = await findModelFolder({
      model: config.model.pretrain,
      revision: config.model.revision,
      signal,
      say,
    });
    const tokenizer = await loadTokenizer(folder);
    const { engine, close } = await makeGatewayEngine(config, { tokenizer, folder, say });
    opened.unshift(close);
    const recorder = await makeRecorder(config, workingDirectory, opened);
    const gateway = await createGateway({
      ...{ engine, tokenizer, config: config.gateway, version: packageVersion() },
      ...(config.toolFormat !== null && { toolFormat: toolFormatOf(config.toolFormat) }),
      ...(config.sampling !== null && { sampling: config.sampling }),
      ...(token !== undefined && { token }),
      ...(recorder !== undefined && {
        onSessionEnd: (record) =>
          recorder.record(record).catch((error: unknown) => {
            say(
              `a session of ${record.rolloutId} could not be recorded: ${error instanceof Error ? error.message : String(error)}`,
            );
            throw error;
          }),
      }),
    });
    opened.unshift(() => gateway.close());
    const url = await gateway.listen({ host, port });
    say(`Gateway at ${url}/v1; sessions: ${url}/rollout/<rollout id>/<attempt>/v1; document: ${url}/openapi.json`);
    say(
      `Engine: ${engine.capabilities.name}; sessions are ${config.record === null ? 'not recorded' : `recorded in ${config.record.file}`}${token === undefined ? '; no token is asked for' : ''}`,
    );
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    for (const close of opened) await close();
  }
}

async function makeGatewayEngine(
  { engine: engineConfig, model: { dtype }, backend, maxBatchSize }: GatewayCommandConfig,
  {
    tokenizer,
    folder,
    say,
  }: { readonly tokenizer: Tokenizer; readonly folder: string; readonly say: (line: string) => void },
): Promise<{ readonly engine: RolloutEngine; readonly close: () => Promise<void> }> {
  if (engineConfig.name !== 'local' && engineConfig.name !== 'llama_cpp') {
    const engine = await createConfiguredServerEngine(engineConfig, {
      tokenizer,
      onServerEvent: ({ url, state, why }) => say(`server ${url} is ${state}: ${why}`),
    });
    return { engine, close: () => engine.close() };
  }
  const chosen = await selectBackend({ backend: backend.name });
  say(`Backend: ${chosen.name} (${chosen.reason})`);
  const model = await loadModel(folder, { dtype });
  const { name: _, ...options } = engineConfig;
  const engine =
    engineConfig.name === 'local'
      ? createLocalEngine({ model, tokenizer, maxBatchSize, joinsCalls: true })
      : await createLlamaCppEngine({ ...options, model, tokenizer, maxBatchSize });
  return {
    engine,
    async close() {
      await engine.close();
      model.dispose();
    },
  };
}

async function makeRecorder(
  { record, rewards: rewardsOptions, gateway: { maxSessions } }: GatewayCommandConfig,
  workingDirectory: string,
  opened: (() => Promise<void> | void)[],
): Promise<SessionRecorder | undefined> {
  if (record === null) return undefined;
  const rewards = await createRewardPool(rewardsOptions, { baseDirectory: workingDirectory });
  opened.unshift(() => rewards.close());
  const recorder = await createSessionRecorder({
    ...{ file: resolve(workingDirectory, record.file), groupSize: record.groupSize, mostGroups: maxSessions, rewards },
  });
  opened.unshift(() => recorder.close());
  return recorder;
}
