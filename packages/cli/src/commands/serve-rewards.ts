import { once } from 'node:events';
import { loadConfig } from '@rlloom/config';
import { createRewardPool } from '@rlloom/rewards';
import { createRewardServer } from '@rlloom/rewards/server';
import { type CliContext, writeLines } from '../cli-context.ts';
import { packageVersion } from '../package-version.ts';
import { serveRewardsConfig } from '../serve/serve-rewards-config.ts';
import { tokenFromEnvironment } from '../serve/token-from-environment.ts';

/** Options of `rlloom serve-rewards`. */
export interface ServeRewardsOptions {
  readonly configPath: string;
  readonly configName: string;
}

/** `rlloom serve-rewards`: answers until it is interrupted; requests in progress then still get their answer. */
export async function serveRewardsCommand(
  overrides: readonly string[],
  options: ServeRewardsOptions,
  context: CliContext,
): Promise<void> {
  const { workingDirectory, env, signal, stderr } = context;
  const { config } = await loadConfig({
    schema: serveRewardsConfig,
    ...options,
    overrides,
    baseDirectory: workingDirectory,
  });
  const { host, port, tokenEnv, defaultTag, maxSamples, bodyLimitMb } = config.server;
  const token =
    tokenEnv === null
      ? undefined
      : tokenFromEnvironment(env, tokenEnv, {
          where: 'server.token_env',
          fix: `put the token into ${tokenEnv}, or take server.token_env out`,
        });
  const rewards = await createRewardPool(config.rewards, { baseDirectory: workingDirectory });
  try {
    const server = await createRewardServer({
      ...{ rewards, defaultTag, maxSamples, bodyLimit: bodyLimitMb * 2 ** 20, version: packageVersion() },
      ...(token === undefined ? {} : { token }),
    });
    try {
      const url = await server.listen({ host, port });
      const domains = Object.entries(config.rewards.domains).map(([name, { tags }]) => `${name} (${tags.join(', ')})`);
      writeLines(stderr, [
        `Rewards at ${url}; document: ${url}/openapi.json, metrics: ${url}/metrics`,
        `Domains (tags): ${domains.join('; ') || 'none'}${token === undefined ? '; no token is asked for' : ''}`,
      ]);
      if (!signal.aborted) await once(signal, 'abort');
    } finally {
      await server.close();
    }
  } finally {
    await rewards.close();
  }
}
