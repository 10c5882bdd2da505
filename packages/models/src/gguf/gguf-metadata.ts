import type { GGUFTypedMetadata } from '@huggingface/gguf';
import { RlloomError } from '@rlloom/spec';

/** One value of a file's metadata, with the type it is stored as. */
export type GgufValue =
  | { readonly type: 'uint32' | 'float32'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'float32s' | 'int32s'; readonly value: readonly number[] }
  | { readonly type: 'bools'; readonly value: readonly boolean[] };

/** The metadata of a file by key, in the order they are written. */
export type GgufMetadata = ReadonlyMap<string, GgufValue>;

/** Values by the types of the format. */
export const gguf = {
  uint32: (value: number): GgufValue => ({ type: 'uint32', value }),
  float32: (value: number): GgufValue => ({ type: 'float32', value }),
  string: (value: string): GgufValue => ({ type: 'string', value }),
  bool: (value: boolean): GgufValue => ({ type: 'bool', value }),
  strings: (value: readonly string[]): GgufValue => ({ type: 'strings', value }),
  float32s: (value: readonly number[]): GgufValue => ({ type: 'float32s', value }),
  int32s: (value: readonly number[]): GgufValue => ({ type: 'int32s', value }),
  bools: (value: readonly boolean[]): GgufValue => ({ type: 'bools', value }),
} as const;

/** Magic, version 3, counts and metadata: the bytes of a file before its list of tensors. */
export async function serializeMetadata(metadata: GgufMetadata, tensorCount: number): Promise<Uint8Array> {
  // Loaded when it is needed: most programs that use models write no such file.
  const { GGUFValueType: types, serializeGgufMetadata } = await import('@huggingface/gguf');
  const storedTypes = {
    uint32: { type: types.UINT32 },
    float32: { type: types.FLOAT32 },
    string: { type: types.STRING },
    bool: { type: types.BOOL },
    strings: { type: types.ARRAY, subType: types.STRING },
    float32s: { type: types.ARRAY, subType: types.FLOAT32 },
    int32s: { type: types.ARRAY, subType: types.INT32 },
    bools: { type: types.ARRAY, subType: types.BOOL },
  } as const;
  const entries = [...metadata].map(([key, { type, value }]) => [key, { ...storedTypes[type], value }] as const);
  const header = {
    version: { value: 3, type: types.UINT32 },
    tensor_count: { value: BigInt(tensorCount), type: types.UINT64 },
    kv_count: { value: BigInt(entries.length), type: types.UINT64 },
    ...Object.fromEntries(entries),
  } as unknown as GGUFTypedMetadata;
  // The list of tensors follows without a gap.
  return serializeGgufMetadata(header, { alignment: 1 });
}

/** The error for a model that llama.cpp does not compute as it is. */
export function notInGguf(what: string, fix: string, where = 'GGUF export'): RlloomError {
  return new RlloomError('model', { what, where, fix });
}
