import { pathToFileURL } from 'node:url';
import type { RewardRequest } from '@rlloom/spec';
import type * as Tsx from 'tsx/esm/api';
import type { GroupRewardDefinition, RewardDefinition } from '../define-reward.ts';
import { forGroup, forSamples, type ReadyPart } from './job-reward.ts';
import type { RewardSource } from './messages.ts';
import { toRewardResult } from './reward-result.ts';

/**
 * The own reward a module exports, with its options checked and its own examples tried.
 *
 * @throws Error saying what is missing or wrong and what to do
 */
export async function loadRewardModule(source: ModuleSource, scope: 'sample' | 'group'): Promise<ReadyPart['reward']> {
  const { file } = source;
  const definition = await importDefinition(file, source.export);
  const options = checkedOptions(definition, source.options);
  if ('scoreGroup' in definition) {
    if (scope === 'sample') {
      throw new Error(`"${definition.name}" of ${file} scores groups: add scope: group beside its module`);
    }
    return forGroup((requests, context) => definition.scoreGroup(requests, options, context));
  }
  if (scope === 'group') {
    throw new Error(`"${definition.name}" of ${file} scores single responses: leave scope: group out`);
  }
  await tryExamples(definition, options, file);
  return forSamples((request, context) => definition.score(request, options, context));
}

type ModuleSource = Extract<RewardSource, { type: 'module' }>;

type Definition = RewardDefinition | GroupRewardDefinition;

async function importDefinition(file: string, exportName: string): Promise<Definition> {
  const module = await importModule(file);
  // A CommonJS module, or TypeScript compiled to one, arrives as the default export of its wrapper.
  const inner = module['default'];
  const exported = isReward(module[exportName])
    ? module[exportName]
    : (valueOf(inner, exportName) ?? module[exportName]);
  if (exported === undefined) {
    const names = Object.keys(module).join(', ') || 'nothing';
    throw new Error(`${file} has no export "${exportName}" (it exports ${names})`);
  }
  if (!isReward(exported)) {
    throw new Error(`the export "${exportName}" of ${file} is no reward: make it with defineReward({ name, score })`);
  }
  return exported;
}

function isReward(value: unknown): value is Definition {
  return typeof valueOf(value, 'score') === 'function' || typeof valueOf(value, 'scoreGroup') === 'function';
}

function checkedOptions(definition: Definition, options: ModuleSource['options']): ModuleSource['options'] {
  if (definition.options === undefined) return options;
  const parsed = definition.options.safeParse(options);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${['options', ...path].join('.')}: ${message}`);
  throw new Error(issues.join('; '));
}

/** Most time all examples of a reward may take together. */
const examplesLimitMs = 10_000;

async function tryExamples(
  definition: RewardDefinition,
  options: ModuleSource['options'],
  file: string,
): Promise<void> {
  const signal = AbortSignal.timeout(examplesLimitMs);
  const context = { signal, deadline: Date.now() + examplesLimitMs };
  for (const { task, response, score: expected = 1 } of definition.selfCheck ?? []) {
    const request: RewardRequest = {
      task: { id: 'self-check', tag: 'self-check', messages: [], ...task },
      responseText: response,
      responseTokenCount: response.split(/\s+/).filter((word) => word !== '').length,
      stopReason: 'eos',
    };
    const { score } = toRewardResult(await definition.score(request, options, context));
    if (score === expected) continue;
    const shown = JSON.stringify(response.length > 80 ? `${response.slice(0, 79)}…` : response);
    throw new Error(
      `the self-check of "${definition.name}" in ${file} failed: ${shown} scored ${score}, not ${expected}`,
    );
  }
}

function valueOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

async function importModule(file: string): Promise<Record<string, unknown>> {
  const url = pathToFileURL(file).href;
  if (!/\.[mc]?ts$/.test(file) || loadsTypeScript()) return (await import(url)) as Record<string, unknown>;
  let tsx: typeof Tsx;
  try {
    tsx = await import('tsx/esm/api');
  } catch (error) {
    throw new Error(
      `Node ${process.versions.node} cannot load TypeScript (${file}): compile it to .mjs, install tsx (npm install --save-dev tsx), or use Node 22.18 or later`,
      { cause: error },
    );
  }
  return (await tsx.tsImport(url, import.meta.url)) as Record<string, unknown>;
}

function loadsTypeScript(): boolean {
  return Boolean((process.features as { readonly typescript?: unknown }).typescript);
}
