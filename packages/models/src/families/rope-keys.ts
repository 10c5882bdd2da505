import { z } from 'zod';
import type { RotaryConfig } from '../config/model-config.ts';
import type { ConfigJson } from './config-json.ts';

const parameters = z.looseObject({
  rope_theta: z.number().positive().nullish(),
  rope_type: z.string().nullish(),
  type: z.string().nullish(),
  partial_rotary_factor: z.number().positive().max(1).nullish(),
});

/** Keys of config.json about rotary positions, in the spelling of transformers 4 and 5. */
export const ropeKeys = {
  rope_theta: z.number().positive().nullish(),
  rope_scaling: parameters.nullish(),
  rope_parameters: parameters.nullish(),
  partial_rotary_factor: z.number().positive().max(1).nullish(),
};

/** What both spellings say. */
export interface RopeValues {
  readonly theta: number;
  /** Share of a head that is rotated. */
  readonly partialFactor: number;
  /** The kind under `rope_type`, and its numbers in order of their names; `null`: not scaled. */
  readonly scaling: ConfigJson | null;
}

/** Reads `rope_theta`, `rope_scaling` and `partial_rotary_factor`, or the `rope_parameters` that hold all of them. */
export function readRope(keys: z.infer<z.ZodObject<typeof ropeKeys>>, defaultTheta: number): RopeValues {
  const given = { ...keys.rope_parameters, ...keys.rope_scaling };
  const { rope_theta: theta, rope_type: ropeType, type, partial_rotary_factor: partial, ...rest } = given;
  const kind = ropeType ?? type ?? 'default';
  return {
    theta: theta ?? keys.rope_theta ?? defaultTheta,
    partialFactor: partial ?? keys.partial_rotary_factor ?? 1,
    scaling:
      kind === 'default'
        ? null
        : { rope_type: kind, ...Object.fromEntries(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1))) },
  };
}

/** `rope_theta` and `rope_scaling`: the spelling of transformers 4, which 5 reads as well; the reverse does not hold. */
export function writeRope(rotary: RotaryConfig | undefined): Record<string, unknown> {
  return { rope_theta: rotary?.theta, rope_scaling: rotary?.scaling ?? null };
}
