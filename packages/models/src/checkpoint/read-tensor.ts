import { replaceRows, tf } from '@rlloom/tensor';
import type { ReadOptions, SafetensorsFile } from './safetensors-file.ts';

/**
 * A function that reads a tensor of a file into the memory of the active backend, as float32, with little beside it.
 *
 * Other backends keep the array that they are given. wasm copies it at once, which would take every tensor twice: there
 * the tensor is filled through one array of 16 MiB, so that neither a large one nor many that wait for the garbage
 * collector add to what the model itself takes.
 */
export function createTensorReader(
  options: Pick<ReadOptions, 'allowNonFinite'>,
): (file: SafetensorsFile, name: string) => Promise<tf.Tensor> {
  if (tf.getBackend() !== 'wasm') {
    return async (file, name) => tf.tensor(await file.read(name, options), shapeOf(file, name), 'float32');
  }
  const piece = new Float32Array(pieceLength);
  return async (file, name) => {
    const shape = shapeOf(file, name);
    if (tf.util.sizeFromShape(shape) <= pieceLength) {
      return tf.tensor(await file.read(name, { ...options, into: piece }), shape, 'float32');
    }
    return fillByRows(file, name, { ...options, into: piece });
  };
}

const pieceLength = 2 ** 22;

async function fillByRows(
  file: SafetensorsFile,
  name: string,
  options: ReadOptions & { readonly into: Float32Array },
): Promise<tf.Tensor> {
  const shape = shapeOf(file, name);
  const width = shape.at(-1) ?? 1;
  const rows = tf.util.sizeFromShape(shape) / width;
  const step = Math.floor(pieceLength / width);
  // A row that does not fit into a piece.
  if (step === 0) return tf.tensor(await file.read(name, options), shape, 'float32');
  let target = tf.zeros<tf.Rank.R2>([rows, width]);
  try {
    for (let row = 0; row < rows; row += step) {
      const count = Math.min(step, rows - row);
      const values = await file.read(name, { ...options, start: row * width, count: count * width });
      const part = tf.tensor2d(values, [count, width]);
      const places = tf.range(row, row + count, 1, 'int32');
      target = replaceRows(target, places, part);
      tf.dispose([part, places]);
    }
    return tf.reshape(target, shape);
  } finally {
    target.dispose();
  }
}

function shapeOf(file: SafetensorsFile, name: string): number[] {
  return [...(file.tensors.get(name)?.shape ?? [])];
}
