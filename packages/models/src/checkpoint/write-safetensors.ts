import { open } from 'node:fs/promises';
import { type ParameterTree, tensorOf } from '@rlloom/tensor';
import { elementSize, type ElementType, encodeElements } from './element-types.ts';
import { serializeSafetensorsHeader, type TensorEntry } from './safetensors-header.ts';
import { singleFileName } from './weight-files.ts';

/** A weight file to write. */
export interface Shard {
  readonly file: string;
  readonly names: readonly string[];
  /** Bytes of its tensors. */
  readonly bytes: number;
}

/**
 * Deals parameters out to files in their order: one file if they fit, else as many as it takes, named as transformers
 * names them. A parameter is never split.
 */
export function planShards(
  parameters: ParameterTree,
  options: { readonly elementType: ElementType; readonly maxShardBytes: number },
): Shard[] {
  const groups: { names: string[]; bytes: number }[] = [];
  for (const [name, tensor] of Object.entries(parameters)) {
    const bytes = tensor.size * elementSize[options.elementType];
    const last = groups.at(-1);
    if (last === undefined || last.bytes + bytes > options.maxShardBytes) groups.push({ names: [name], bytes });
    else {
      last.names.push(name);
      last.bytes += bytes;
    }
  }
  const number = (n: number) => String(n).padStart(5, '0');
  return groups.map((group, index) => ({
    ...group,
    file: groups.length === 1 ? singleFileName : `model-${number(index + 1)}-of-${number(groups.length)}.safetensors`,
  }));
}

/** Writes one safetensors file, a tensor at a time, and waits until it is on the disk. */
export async function writeShard(
  path: string,
  shard: { readonly parameters: ParameterTree; readonly names: readonly string[]; readonly elementType: ElementType },
): Promise<void> {
  const { parameters, names, elementType } = shard;
  const tensors = new Map<string, TensorEntry>();
  let end = 0;
  for (const name of names) {
    const { shape, size } = tensorOf(parameters, name);
    const begin = end;
    end += size * elementSize[elementType];
    tensors.set(name, { dtype: elementType, shape, begin, end });
  }
  const handle = await open(path, 'wx');
  try {
    // transformers refuses files that do not say which framework laid them out.
    await handle.writeFile(serializeSafetensorsHeader({ metadata: { format: 'pt' }, tensors }));
    for (const name of names) {
      const values = await tensorOf(parameters, name).data<'float32'>();
      await handle.writeFile(encodeElements(values, elementType));
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}
