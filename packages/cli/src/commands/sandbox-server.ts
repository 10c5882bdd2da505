import { once } from 'node:events';
import { resolve } from 'node:path';
import { createSandbox, type SandboxIsolation } from '@rlloom/sandbox';
import { createSandboxServer } from '@rlloom/sandbox/server';
import { RlloomError } from '@rlloom/spec';
import { type CliContext, writeLines } from '../cli-context.ts';
import { tokenFromEnvironment } from '../serve/token-from-environment.ts';

/** Options of `rlloom sandbox-server`. */
export interface SandboxServerCommandOptions {
  readonly host: string;
  readonly port: number;
  readonly token?: string;
  /** Name of the environment variable that holds the token. */
  readonly tokenEnv?: string;
  readonly isolation: SandboxIsolation;
  readonly concurrency?: number;
  readonly memoryMb: number;
  /** `name=path`, each. */
  readonly dataset: readonly string[];
}

/** `rlloom sandbox-server`: answers until it is interrupted; requests in progress then still get their answer. */
export async function sandboxServerCommand(options: SandboxServerCommandOptions, context: CliContext): Promise<void> {
  const { host, port, isolation, concurrency, memoryMb } = options;
  const token = tokenOf(options, context.env);
  const datasets = Object.fromEntries(options.dataset.map((entry) => datasetOf(entry, context.workingDirectory)));
  const sandbox = await createSandbox({ isolation, ...(concurrency === undefined ? {} : { concurrency }) });
  try {
    const server = await createSandboxServer({
      sandbox,
      datasets,
      memoryMb,
      ...(token === undefined ? {} : { token }),
    });
    try {
      const url = await server.listen({ host, port });
      const { capabilities } = sandbox;
      writeLines(context.stderr, [
        `Sandbox Fusion's API at ${url}; document: ${url}/openapi.json, metrics: ${url}/metrics`,
        `Isolation: ${capabilities.isolation}; languages: ${capabilities.languages.join(', ')}${token === undefined ? '; no token is asked for' : ''}`,
      ]);
      if (!context.signal.aborted) await once(context.signal, 'abort');
    } finally {
      await server.close();
    }
  } finally {
    await sandbox.close();
  }
}

function tokenOf({ token, tokenEnv }: SandboxServerCommandOptions, env: CliContext['env']): string | undefined {
  if (tokenEnv === undefined) return token;
  return tokenFromEnvironment(env, tokenEnv, {
    where: '--token-env',
    fix: `put the token into ${tokenEnv}, or leave the option out`,
  });
}

function datasetOf(entry: string, directory: string): [name: string, path: string] {
  const [, name, path] = /^([^=]+)=(.+)$/.exec(entry) ?? [];
  if (name !== undefined && path !== undefined) return [name, resolve(directory, path)];
  throw new RlloomError('config', {
    what: `"${entry}" names no data set`,
    where: '--dataset',
    fix: 'write name=path, e.g. humaneval=data/humaneval.jsonl.gz',
  });
}
