import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type CollectGroups,
  type Environment,
  RlloomError,
  type RolloutEngine,
  type SamplingParameters,
  type Tokenizer,
} from '@rlloom/spec';

/** What a generation function of one's own is given once, when a run starts. */
export interface GenerationParts {
  readonly engine: RolloutEngine;
  readonly environment: Environment;
  readonly tokenizer: Tokenizer;
  readonly groupSize: number;
  /** Of training; evaluation is greedy with the same budget. */
  readonly sampling: SamplingParameters;
  /** What the run would use without it, to build upon. */
  readonly collect: CollectGroups;
}

/** Makes the `CollectGroups` of a run. */
export type MakeCollectGroups = (parts: GenerationParts) => CollectGroups | Promise<CollectGroups>;

/**
 * The generation function that a module exports by default (or under `exportName`): it takes the place of the run's own
 * `CollectGroups`, so anything that can call an engine can make trajectories.
 *
 * @param file a JavaScript module (TypeScript where Node.js runs it), relative to the working directory
 * @throws RlloomError `config` for a module that is not there, throws, or exports no function
 */
export async function loadGeneration(file: string, exportName = 'default'): Promise<MakeCollectGroups> {
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(pathToFileURL(resolve(file)).href)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw new RlloomError('config', {
      what: `the module cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      where: file,
      fix: 'check rollout.custom_generation.module',
      cause,
    });
  }
  const make = module[exportName];
  if (typeof make === 'function') return make as MakeCollectGroups;
  throw new RlloomError('config', {
    what: `the module exports no function "${exportName}" (it exports ${Object.keys(module).join(', ') || 'nothing'})`,
    where: file,
    fix: 'export default ({ engine, tokenizer, collect }) => async (tasks, options) => groups',
  });
}
