import { pathToFileURL } from 'node:url';
import type * as Tsx from 'tsx/esm/api';
import type { RewardDefinition } from '../define-reward.ts';

/**
 * The own reward a module exports.
 *
 * @throws Error saying what is missing and what to do
 */
export async function loadRewardModule(file: string, exportName: string): Promise<RewardDefinition> {
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

function isReward(value: unknown): value is RewardDefinition {
  return typeof valueOf(value, 'score') === 'function';
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
