import { RlloomError } from '@rlloom/spec';
import { modelCache } from './hub-cache.ts';
import type { HubSettings } from './hub-settings.ts';

/** A model and where it is looked for: what an error has to say. */
export interface HubTarget extends HubSettings {
  readonly id: string;
}

/** The answer of a hub that refuses. */
export interface Refusal {
  readonly status: number;
  /** The header `X-Error-Code`. */
  readonly code: string | null;
  /** The header `X-Error-Message`. */
  readonly message: string | null;
}

/** How to get a model without this program. */
function byHand({ id, revision, endpoint, cacheDirectory }: HubTarget): string {
  const option = revision === 'main' ? '' : ` --revision ${revision}`;
  return (
    `by hand: \`hf download ${id}${option}\` on any machine (pip install huggingface_hub) and copy its folder ` +
    `models--${id.replaceAll('/', '--')} into ${cacheDirectory}; or save config.json, generation_config.json, tokenizer.json, ` +
    `tokenizer_config.json, chat_template.jinja and all *.safetensors files of ${endpoint}/${id}/tree/${revision} in ` +
    `one folder and give its path in the place of ${id}`
  );
}

/** The error about an answer that will not change by asking again. */
export function refusedBy(target: HubTarget, { status, code, message }: Refusal): RlloomError {
  const { id, revision, endpoint, token } = target;
  const said = message === null ? '' : ` ("${message}")`;
  const parts = (what: string, fix: string) =>
    new RlloomError('model', { what: what + said, where: `${endpoint}/${id}`, fix: `${fix}; ${byHand(target)}` });
  if (code === 'GatedRepo' || status === 403) {
    return parts(
      `access to the model is restricted, HTTP ${status}`,
      `accept its terms at ${endpoint}/${id}, then set HF_TOKEN to a token of ${endpoint}/settings/tokens or run \`hf auth login\`${
        token === undefined ? '' : '; the token that was sent does not give access'
      }`,
    );
  }
  if (code === 'RevisionNotFound') {
    return parts(
      `the model has no revision "${revision}"`,
      `see ${endpoint}/${id}/tree/main for its branches and tags`,
    );
  }
  if (status === 401 && token !== undefined && code !== 'RepoNotFound') {
    return parts(
      'the hub does not accept the token',
      `set HF_TOKEN to a token of ${endpoint}/settings/tokens, or unset it and remove the token file for a public model`,
    );
  }
  if (status === 401 || status === 404) {
    return parts(
      `there is no folder ${id}, and the hub has no such model or it is private, HTTP ${status}`,
      'check the spelling; for a private model set HF_TOKEN or run `hf auth login`',
    );
  }
  return parts(`the hub answered with HTTP ${status}`, 'try again later');
}

/** The error about a hub that cannot be reached, or does not go on. */
export function unreachable(target: HubTarget, cause: unknown): RlloomError {
  const proxy = ['HTTPS_PROXY', 'https_proxy'].find((name) => target.env[name] !== undefined);
  const advice =
    proxy === undefined || target.env['NODE_USE_ENV_PROXY'] === '1'
      ? 'check the connection, or set HF_ENDPOINT to a mirror'
      : `${proxy} is set, which Node uses only with NODE_USE_ENV_PROXY=1 (from 22.21 and 24.5 on)`;
  return new RlloomError('model', {
    what: `there is no folder ${target.id}, and the model cannot be downloaded: ${reasonOf(cause)}`,
    where: `${target.endpoint}/${target.id}`,
    fix: `${advice}; start again to go on where it stopped; ${byHand(target)}`,
    cause,
  });
}

/** The error about a model that the cache does not have when it must. */
export function notCached(target: HubTarget, missing: string | undefined): RlloomError {
  const { snapshots } = modelCache(target.cacheDirectory, target.id);
  return new RlloomError('model', {
    what:
      missing === undefined
        ? `offline mode, and revision "${target.revision}" of the model is not in the cache`
        : `offline mode, and the model in the cache has no ${missing}`,
    where: snapshots,
    fix: `unset HF_HUB_OFFLINE to download it; ${byHand(target)}`,
  });
}

/** The error about a model without weights that are read here. */
export function noSafetensors(target: HubTarget, names: readonly string[]): RlloomError {
  const { id, endpoint } = target;
  const pickled = names.find((name) => /\.(bin|pt|pth)$/.test(name));
  return new RlloomError('model', {
    what: `the model has no weights in safetensors${pickled === undefined ? '' : `, but a pickle: ${pickled}`}`,
    where: `${endpoint}/${id}/tree/${target.revision}`,
    fix:
      pickled === undefined
        ? 'take the original model, not a quantised copy or an adapter of it'
        : `convert it and give the folder: python -c 'from transformers import AutoModelForCausalLM as M, AutoTokenizer as T; M.from_pretrained("${id}").save_pretrained("model"); T.from_pretrained("${id}").save_pretrained("model")'`,
  });
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  // Node's fetch says "fetch failed"; what failed is in the cause.
  if (!(error instanceof TypeError) || !(cause instanceof Error)) return message;
  return cause.message || String((cause as NodeJS.ErrnoException).code);
}
