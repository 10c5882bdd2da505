import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { HubOptions } from './hub-options.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** {@link HubOptions} with every default filled in. */
export interface HubSettings {
  readonly revision: string;
  readonly cacheDirectory: string;
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly token: string | undefined;
  readonly offline: boolean;
  readonly env: Environment;
}

/** Fills in what the options leave out, from the variables and files that Python's `huggingface_hub` reads. */
export async function hubSettings(options: HubOptions): Promise<HubSettings> {
  const env = options.env ?? process.env;
  const home = homeOf(env);
  return {
    revision: options.revision ?? 'main',
    cacheDirectory:
      options.cacheDirectory ??
      pathIn(env, 'HF_HUB_CACHE') ??
      pathIn(env, 'HUGGINGFACE_HUB_CACHE') ??
      join(home, 'hub'),
    endpoint: (options.endpoint ?? valueOf(env, 'HF_ENDPOINT') ?? 'https://huggingface.co').replace(/\/+$/, ''),
    token: options.token === undefined ? await tokenOf(env, home) : (options.token ?? undefined),
    offline:
      options.offline ??
      /^(1|on|yes|true)$/i.test(valueOf(env, 'HF_HUB_OFFLINE') ?? valueOf(env, 'TRANSFORMERS_OFFLINE') ?? ''),
    env,
  };
}

function homeOf(env: Environment): string {
  const cache = pathIn(env, 'XDG_CACHE_HOME') ?? join(homedir(), '.cache');
  return pathIn(env, 'HF_HOME') ?? join(cache, 'huggingface');
}

async function tokenOf(env: Environment, home: string): Promise<string | undefined> {
  const named = valueOf(env, 'HF_TOKEN') ?? valueOf(env, 'HUGGING_FACE_HUB_TOKEN');
  if (named !== undefined) return named;
  // Most people have none: public models need no token.
  const text = await readFile(pathIn(env, 'HF_TOKEN_PATH') ?? join(home, 'token'), 'utf8').catch(() => '');
  return text.trim() || undefined;
}

function pathIn(env: Environment, name: string): string | undefined {
  return valueOf(env, name)?.replace(/^~(?=$|[\\/])/, homedir());
}

function valueOf(env: Environment, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}
