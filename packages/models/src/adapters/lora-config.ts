/** Which modules of a model: names or ends of their paths (`q_proj`, `mlp.up_proj`), or one pattern of a whole path. */
export type ModuleSelection = string | readonly string[];

/**
 * What a low-rank adapter changes and how strongly (LoRA, arXiv:2106.09685), as PEFT's adapter_config.json says it.
 * A changed matrix acts as `W + s·B·A`, with `s = alpha / rank`, or `alpha / √rank` with `useRslora`.
 */
export interface LoraConfig {
  /** Rows of `A`, columns of `B`. */
  readonly rank: number;
  readonly alpha: number;
  /** Divide `alpha` by the root of the rank (arXiv:2312.03732). */
  readonly useRslora: boolean;
  /** Learn the length of each output row apart from its direction (DoRA, arXiv:2402.09353). */
  readonly useDora: boolean;
  /** The changed matrices; `all-linear`: every one but the output layer. */
  readonly targetModules: ModuleSelection;
  /** Taken out of `targetModules`; `null`: none. */
  readonly excludeModules: ModuleSelection | null;
  /** Layers by number that `targetModules` is limited to; `null`: all. Not for a pattern. */
  readonly layers: readonly number[] | null;
  /** Modules that are trained whole and stored with the adapter: `input_layernorm`, `lm_head`. */
  readonly modulesToSave: readonly string[];
  /** Ranks other than `rank`, by pattern of the end of a module's path; the first that fits counts. */
  readonly rankPattern: Readonly<Record<string, number>>;
  /** Alphas other than `alpha`, likewise. */
  readonly alphaPattern: Readonly<Record<string, number>>;
  /** Dropout before `A` in training. Only 0 can be trained here. */
  readonly dropout: number;
  /** The model it belongs to, as its file says. */
  readonly baseModel: string | null;
  /** Keys of adapter_config.json that are not read here; kept for saving. */
  readonly otherKeys: Readonly<Record<string, unknown>>;
}
