import type { ModelConfig } from '../config/model-config.ts';

/** How one family of models writes its config.json. */
export interface ModelFamily {
  /** The class of transformers that opens the folder. */
  readonly architecture: string;
  /** Reads config.json; throws an `RlloomError` of kind `model` for what the decoder does not implement. */
  parseConfig(json: Readonly<Record<string, unknown>>, where: string): ModelConfig;
  /** The config.json that transformers reads, without `architectures` and the data type. */
  writeConfig(config: ModelConfig): Record<string, unknown>;
}
