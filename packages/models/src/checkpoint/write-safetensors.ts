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
 * Deals parameters out to files in their order: one file if they fit, else as many as it takes. Files are filled and
 * named as transformers fills and names them. A parameter is never split; one larger than a file gets one of its own.
 */
export function planShards(
  parameters: ParameterTree,
  options: { readonly elementType: ElementType; readonly maxShardBytes: number },
): Shard[] {
  const groups: { names: string[]; bytes: number }[] = [];
  let open: { names: string[]; bytes: number } = { names: [], bytes: 0 };
  for (const [name, tensor] of Object.entries(parameters)) {
    const bytes = tensor.size * elementSize[options.elementType];
    if (bytes > options.maxShardBytes) {
      groups.push({ names: [name], bytes });
      continue;
    }
    if (open.bytes + bytes > options.maxShardBytes) {
      groups.push(open);
      open = { names: [], bytes: 0 };
    }
    open.names.push(name);
    open.bytes += bytes;
  }
  if (open.names.length > 0 || groups.length === 0) groups.push(open);
  const number = (n: number) => String(n).padStart(5, '0');
  return groups.map((group, index) => ({
    ...group,
    file: groups.length === 1 ? singleFileName : `model-${number(index + 1)}-of-${number(groups.length)}.safetensors`,
  }));
}

/**
 * Writes one safetensors file, a tensor at a time in the order of their names, and waits until it is on the disk. The
 * bytes are those that the Python package writes.
 */
export async function writeShard(
  path: string,
  shard: { readonly parameters: ParameterTree; readonly names: readonly string[]; readonly elementType: ElementType },
): Promise<void> {
  const { parameters, elementType } = shard;
  const names = shard.names.toSorted();
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
