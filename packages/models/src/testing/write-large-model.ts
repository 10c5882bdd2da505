import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { elementSize, type ElementType, encodeElements } from '../checkpoint/element-types.ts';
import { serializeSafetensorsHeader, type TensorEntry } from '../checkpoint/safetensors-header.ts';
import { parseModelConfig } from '../config/parse-model-config.ts';
import { parameterShapes } from '../decoder/parameter-shapes.ts';

/**
 * Writes a model folder of any size without having it in memory: every weight is a small number.
 *
 * @returns the number of parameters
 */
export async function writeLargeModel(
  directory: string,
  options: { readonly config: Readonly<Record<string, unknown>>; readonly elementType: ElementType },
): Promise<number> {
  const { config, elementType } = options;
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'config.json'), JSON.stringify(config));
  const tensors = new Map<string, TensorEntry>();
  let end = 0;
  for (const [name, shape] of parameterShapes(parseModelConfig(config))) {
    const begin = end;
    end += shape.reduce((a, b) => a * b, 1) * elementSize[elementType];
    tensors.set(name, { dtype: elementType, shape, begin, end });
  }
  const values = Float32Array.from({ length: 2 ** 20 }, (_, i) => ((i % 257) - 128) / 4096);
  const block = encodeElements(values, elementType);
  const handle = await open(join(directory, 'model.safetensors'), 'w');
  try {
    await handle.writeFile(serializeSafetensorsHeader({ metadata: { format: 'pt' }, tensors }));
    for (let done = 0; done < end; done += block.length) await handle.writeFile(block.subarray(0, end - done));
  } finally {
    await handle.close();
  }
  return end / elementSize[elementType];
}
