import type { Preset } from './preset.ts';
import { type PresetName, presets } from './presets.ts';

/** A policy that two presets decide differently. */
export interface PresetDifference {
  /** Where it stands: `groupRelative.epsilon`. */
  readonly policy: string;
  readonly a: unknown;
  readonly b: unknown;
}

/**
 * Every policy that two presets decide differently, so that a run can be ported knowingly.
 *
 * @param a a preset or its name
 * @param b another one
 * @returns one entry per differing policy, in the order of `Preset`
 * @throws RangeError for an unknown name
 * @example
 * ```ts
 * diffPresets('as-areal', 'as-slime').find(({ policy }) => policy === 'value.scale'); // => { policy: 'value.scale', a: 0.5, b: 1 }
 * ```
 */
export function diffPresets(a: Preset | PresetName, b: Preset | PresetName): PresetDifference[] {
  const [left, right] = [flatten(resolve(a)), flatten(resolve(b))];
  const policies = [...left.keys(), ...[...right.keys()].filter((policy) => !left.has(policy))];
  return policies
    .map((policy) => ({ policy, a: left.get(policy) ?? null, b: right.get(policy) ?? null }))
    .filter((difference) => difference.a !== difference.b);
}

function resolve(preset: Preset | PresetName): Preset {
  if (typeof preset !== 'string') return preset;
  if (Object.hasOwn(presets, preset)) return presets[preset];
  throw new RangeError(`diffPresets: unknown preset ${String(preset)}; known: ${Object.keys(presets).join(', ')}`);
}

// A part that one library lacks is null there and has keys here: both show.
function flatten(value: object, prefix = ''): Map<string, unknown> {
  const leaves = Object.entries(value).flatMap(([key, entry]: [string, unknown]): [string, unknown][] => {
    const path = `${prefix}${key}`;
    const nested = typeof entry === 'object' && entry !== null;
    return nested ? [...flatten(entry, `${path}.`)] : [[path, entry]];
  });
  return new Map(leaves);
}
