import { type ParameterTree, tf } from '@rlloom/tensor';
import { createTensorReader } from './read-tensor.ts';
import { openSafetensors } from './safetensors-file.ts';
import { writeShard } from './write-safetensors.ts';

/**
 * Writes named float32 tensors as one new safetensors file and waits until it is on the disk.
 *
 * @throws the file system's error, also when the file exists
 */
export async function writeTensors(path: string, tensors: ParameterTree): Promise<void> {
  await writeShard(path, { parameters: tensors, names: Object.keys(tensors), elementType: 'F32' });
}

/**
 * Reads every tensor of a safetensors file as float32; the caller owns them.
 *
 * @throws RlloomError kind `model` when the file is missing, truncated or damaged, or a value is not finite
 */
export async function readTensors(path: string): Promise<Record<string, tf.Tensor>> {
  const file = await openSafetensors(path);
  const tensors: Record<string, tf.Tensor> = {};
  try {
    const readTensor = createTensorReader({});
    for (const name of file.tensors.keys()) tensors[name] = await readTensor(file, name);
    return tensors;
  } catch (error) {
    tf.dispose(tensors);
    throw error;
  } finally {
    await file.close();
  }
}
