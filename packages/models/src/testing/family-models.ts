import { readFileSync } from 'node:fs';
import type { CausalLanguageModel } from '../causal-language-model.ts';
import { parseModelConfig } from '../config/parse-model-config.ts';
import { createModel } from '../create-model.ts';
import { fixturePath } from './small-model.ts';

/** The fixtures with a config.json of each family. */
export const familyFixtures = [
  'qwen2',
  'qwen3',
  'qwen3_moe',
  'llama',
  'mistral',
  'phi3',
  'gemma2',
  'gemma3',
  'gpt2',
] as const;

/** A model of the shape of a fixture, with weights large enough that what it does is visible. */
export function familyModel(name: string): CausalLanguageModel {
  const json = JSON.parse(readFileSync(fixturePath(`models/${name}/config.json`), 'utf8')) as object;
  return createModel({ ...parseModelConfig(json), initializerRange: 0.15 }, { seed: 4 });
}
