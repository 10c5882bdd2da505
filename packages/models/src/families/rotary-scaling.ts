import { RlloomError } from '@rlloom/spec';
import { z } from 'zod';
import type { RotaryConfig } from '../config/model-config.ts';
import { notImplemented } from './config-json.ts';

/** What the rotary positions of a model follow from. */
export interface RotaryKeys {
  readonly theta: number;
  /** Numbers of a head that are rotated. */
  readonly width: number;
  /** `rope_scaling`, with its kind under `rope_type`; `null`: not scaled. */
  readonly scaling: Readonly<Record<string, unknown>> | null;
  readonly maxPositionEmbeddings: number;
  /** Length of the sequences before the context was extended, where it is not in `scaling`. Default the present one. */
  readonly originalMaxPositionEmbeddings?: number | undefined;
}

/**
 * Rotary positions with their frequencies.
 *
 * @throws RlloomError kind `model` for a scaling that is not implemented, or one with a value missing or wrong
 */
export function rotaryConfig(keys: RotaryKeys, where: string): RotaryConfig {
  const { theta, width, scaling } = keys;
  const plain = { theta, width, frequencies: rotaryFrequencies(width, theta), factor: 1, beyond: null, scaling };
  if (scaling === null) return plain;
  const kind = scaling['rope_type'];
  if (typeof kind !== 'string' || !Object.hasOwn(scalings, kind)) {
    throw notImplemented('rope_scaling', scaling, {
      where,
      fix: `choose a model with one of: ${Object.keys(scalings).join(', ')}`,
    });
  }
  const { schema, apply } = scalings[kind as keyof typeof scalings];
  const original = keys.originalMaxPositionEmbeddings ?? keys.maxPositionEmbeddings;
  checkFactors(keys, where);
  const parsed = schema.safeParse({ original_max_position_embeddings: original, ...scaling });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new RlloomError('model', {
      what: `rope_scaling.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`,
      where: `${where}: rope_scaling`,
      fix: 'take config.json from the original model again',
    });
  }
  return { ...plain, ...apply(plain.frequencies, parsed.data as never, keys) };
}

/** Unscaled rotary frequencies (arXiv:2104.09864): `theta^(−2i/D)` for pair `i`, rounded to float32 as the reference does. */
export function rotaryFrequencies(width: number, theta: number): number[] {
  return Array.from({ length: Math.floor(width / 2) }, (_, i) =>
    Math.fround(1 / Math.fround(theta ** ((2 * i) / width))),
  );
}

function checkFactors({ scaling, width }: RotaryKeys, where: string): void {
  for (const key of ['short_factor', 'long_factor']) {
    const given = scaling?.[key];
    if (!Array.isArray(given) || given.length === width / 2) continue;
    throw new RlloomError('model', {
      what: `rope_scaling.${key} has ${given.length} numbers, the positions need ${width / 2} numbers`,
      where: `${where}: rope_scaling`,
      fix: 'take config.json from the original model again',
    });
  }
}

type Applied = Partial<Pick<RotaryConfig, 'frequencies' | 'factor' | 'beyond'>>;

function scaling<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  apply: (frequencies: readonly number[], values: z.infer<z.ZodObject<Shape>>, keys: RotaryKeys) => Applied,
) {
  return { schema, apply };
}

const positive = z.number().positive();
const factor = z.number().min(1);
const factors = z.array(positive);

const scalings = {
  /** Positions divided by a factor. */
  linear: scaling(z.looseObject({ factor }), (frequencies, { factor }) => ({
    frequencies: frequencies.map((frequency) => Math.fround(frequency / factor)),
  })),

  /** A base that grows with sequences longer than the model's. */
  dynamic: scaling(z.looseObject({ factor }), (_, { factor }, { maxPositionEmbeddings }) => ({
    beyond: { length: maxPositionEmbeddings, growth: factor },
  })),

  /** Llama 3.1's: low frequencies divided by a factor, high ones kept, a ramp between (arXiv:2407.21783). */
  llama3: scaling(
    z.looseObject({
      factor,
      low_freq_factor: positive,
      high_freq_factor: positive,
      original_max_position_embeddings: positive,
    }),
    (frequencies, values) => {
      const { factor, low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings: length } = values;
      return {
        frequencies: frequencies.map((frequency) => {
          const turns = (length * frequency) / (2 * Math.PI);
          const kept = Math.min(Math.max((turns - low) / (high - low), 0), 1);
          return Math.fround((1 - kept) * (frequency / factor) + kept * frequency);
        }),
      };
    },
  ),

  /** YaRN (arXiv:2309.00071): a ramp over pairs between the frequency and that divided by the factor. */
  yarn: scaling(
    z.looseObject({
      factor,
      original_max_position_embeddings: positive,
      attention_factor: positive.nullish(),
      beta_fast: positive.nullish(),
      beta_slow: positive.nullish(),
      mscale: z.number().nullish(),
      mscale_all_dim: z.number().nullish(),
      truncate: z.boolean().nullish(),
    }),
    (frequencies, values, { width, theta }) => {
      const { factor, original_max_position_embeddings: length } = values;
      // The pair that turns so often over the original length.
      const pairOf = (turns: number) => (width * Math.log(length / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
      const [first, last] = [pairOf(values.beta_fast ?? 32), pairOf(values.beta_slow ?? 1)];
      const whole = values.truncate ?? true;
      const start = Math.max(whole ? Math.floor(first) : first, 0);
      const end = Math.min(whole ? Math.ceil(last) : last, width - 1);
      return {
        frequencies: frequencies.map((frequency, pair) => {
          const divided = Math.min(Math.max((pair - start) / (end === start ? 0.001 : end - start), 0), 1);
          return Math.fround((frequency / factor) * divided + frequency * (1 - divided));
        }),
        factor: values.attention_factor ?? yarnFactor(factor, values),
      };
    },
  ),

  /** LongRoPE (arXiv:2402.13753): a factor for each pair, and others for long sequences. */
  longrope: scaling(
    z.looseObject({
      short_factor: factors,
      long_factor: factors,
      factor: positive.nullish(),
      attention_factor: positive.nullish(),
      original_max_position_embeddings: positive,
    }),
    (_, values, { width, theta, maxPositionEmbeddings }) => {
      const length = values.original_max_position_embeddings;
      const extension = values.factor ?? maxPositionEmbeddings / length;
      const dividedBy = (each: readonly number[]) =>
        Array.from({ length: width / 2 }, (_, i) => {
          return Math.fround(1 / Math.fround((each[i] as number) * Math.fround(theta ** ((2 * i) / width))));
        });
      return {
        frequencies: dividedBy(values.short_factor),
        factor: values.attention_factor ?? (extension <= 1 ? 1 : Math.sqrt(1 + Math.log(extension) / Math.log(length))),
        beyond: { length, frequencies: dividedBy(values.long_factor) },
      };
    },
  ),
};

function yarnFactor(
  factor: number,
  {
    mscale,
    mscale_all_dim: all,
  }: { readonly mscale?: number | null | undefined; readonly mscale_all_dim?: number | null | undefined },
): number {
  const of = (scale: number) => (factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1);
  return mscale != null && mscale !== 0 && all != null && all !== 0 ? of(mscale) / of(all) : of(1);
}
