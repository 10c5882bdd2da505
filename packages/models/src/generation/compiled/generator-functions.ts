import type { Program, ProgramFunction } from '@rlloom/tensor';
import type { ModelConfig } from '../../config/model-config.ts';
import type { CacheState } from './cache-state.ts';
import { type ChunkInputs, type ChunkOutputs, decodeChunk } from './decode-chunk.ts';
import type { DrawKind, DrawnTokens } from './draw-tokens.ts';
import { moveCache, type MoveInputs } from './move-cache.ts';
import { placePrompts, type PlaceInputs } from './place-prompts.ts';
import { promptReader } from './read-prompts.ts';

/** The functions that generate with a program; each is compiled once per size it is used with. */
export interface GeneratorFunctions {
  readonly read: ReturnType<typeof promptReader>;
  place(state: CacheState, kind: DrawKind): ProgramFunction<PlaceInputs, DrawnTokens>;
  decode(state: CacheState, kind: DrawKind): ProgramFunction<ChunkInputs, ChunkOutputs>;
  move(from: CacheState, to: CacheState): ProgramFunction<MoveInputs, Record<string, never>>;
}

const known = new WeakMap<Program, GeneratorFunctions>();

/** Those of a program: the same at each call, so that what was compiled is used again. */
export function generatorFunctions(program: Program, config: ModelConfig): GeneratorFunctions {
  const before = known.get(program);
  if (before !== undefined) return before;
  const functions = new Map<string, unknown>();
  const once = <F>(key: string, define: () => F): F => {
    if (!functions.has(key)) functions.set(key, define());
    return functions.get(key) as F;
  };
  const made: GeneratorFunctions = {
    read: promptReader(program, config),
    place: (state, kind) =>
      once(`place|${state.id}|${JSON.stringify(kind)}`, () =>
        program.define('place_prompts', placePrompts(config, state, kind)),
      ),
    decode: (state, kind) =>
      once(`decode|${state.id}|${JSON.stringify(kind)}`, () =>
        program.define('decode_chunk', decodeChunk(config, state, kind), { xla: true }),
      ),
    move: (from, to) => once(`move|${from.id}|${to.id}`, () => program.define('move_cache', moveCache(from, to))),
  };
  known.set(program, made);
  return made;
}
