import type { ModelConfig } from '../config/model-config.ts';
import { parameterShapes } from '../decoder/parameter-shapes.ts';
import { families } from '../families/families.ts';

/** The linear layer that stands on a decoder in place of, or beside, its output layer. */
export interface ScoreHead {
  /** `value`: numbers for every token. `reward`: numbers for the whole sequence, read at its last token. */
  readonly kind: 'value' | 'reward';
  /** Numbers it gives each time. A critic has 1. */
  readonly labels: number;
  /** Whether it adds a bias. */
  readonly bias: boolean;
  /**
   * How files carry it. `transformers`: as `…ForTokenClassification` and `…ForSequenceClassification` do, without the
   * output layer. `trl`: as TRL's `AutoModelForCausalLMWithValueHead` does, beside a whole causal language model.
   */
  readonly layout: 'transformers' | 'trl';
}

/** Name and shape of every parameter of a decoder with a head; the head's are `score.weight` and `score.bias`. */
export function scoringShapes(config: ModelConfig, head: ScoreHead): Map<string, readonly number[]> {
  const shapes = new Map(parameterShapes(config));
  if (head.layout === 'transformers') shapes.delete(`${config.names.output}.weight`);
  shapes.set('score.weight', [head.labels, config.hiddenSize]);
  if (head.bias) shapes.set('score.bias', [head.labels]);
  return shapes;
}

/** The name in files of a parameter of {@link scoringShapes}. */
export function headNameInFiles(config: Pick<ModelConfig, 'modelType'>, head: ScoreHead, name: string): string {
  const [, part] = /^score\.(weight|bias)$/.exec(name) ?? [];
  if (part === undefined) return name;
  if (head.layout === 'trl') return `v_head.summary.${part}`;
  return head.kind === 'value' && config.modelType === 'gpt2' ? `classifier.${part}` : name;
}

/** The class of transformers that opens the folder; TRL's opens one of the causal class. */
export function headArchitecture(config: Pick<ModelConfig, 'modelType'>, head: ScoreHead): string {
  const { architecture } = families[config.modelType];
  if (head.layout === 'trl') return architecture;
  const task = head.kind === 'value' ? 'ForTokenClassification' : 'ForSequenceClassification';
  // Gemma 3's plain name belongs to its image-and-text model.
  const stem = architecture.replace(/(LMHeadModel|ForCausalLM)$/, '').replace(/^Gemma3$/, 'Gemma3Text');
  return `${stem}${task}`;
}
