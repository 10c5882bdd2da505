import { join } from 'node:path';
import { RlloomError } from '@rlloom/spec';
import { type ParameterTree, tf } from '@rlloom/tensor';
import { openSafetensors, type SafetensorsFile } from './safetensors-file.ts';
import { findWeightFiles } from './weight-files.ts';

/** What {@link readParameters} looks for. */
export interface WantedParameters {
  /** The folder, named in errors. */
  readonly directory: string;
  /** Name and shape of every parameter, in the order of the result. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** The model as errors name it: `qwen2 causal language model of 24 layers`. */
  readonly model: string;
  /** Whether a tensor of the files that is not in `shapes` may be left out. */
  isRedundant(name: string): boolean;
  /** The name of a parameter in the files; default the same. */
  readonly nameInFiles?: (name: string) => string;
}

/**
 * Opens the weight files of a model folder for `use` and closes them after it.
 *
 * @throws RlloomError kind `model` when there are none, or one of them is damaged
 */
export async function withWeightFiles<Result>(
  directory: string,
  use: (files: readonly SafetensorsFile[]) => Promise<Result>,
): Promise<Result> {
  const files: SafetensorsFile[] = [];
  try {
    for (const name of await findWeightFiles(directory)) files.push(await openSafetensors(join(directory, name)));
    return await use(files);
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

/**
 * Reads every wanted parameter from open weight files as float32, one at a time.
 *
 * @returns tensors the caller owns
 * @throws RlloomError kind `model` naming file and tensor when one is missing, superfluous, misshapen or not readable
 */
export async function readParameters(
  files: readonly SafetensorsFile[],
  wanted: WantedParameters,
): Promise<ParameterTree> {
  const { shapes, nameInFiles = (name) => name } = wanted;
  const sources = locateTensors(files, wanted);
  const parameters: Record<string, tf.Tensor> = {};
  try {
    for (const [name, shape] of shapes) {
      const stored = nameInFiles(name);
      const file = sources.get(stored);
      if (file === undefined) throw missingTensor(stored, wanted);
      checkShape(file, stored, shape);
      parameters[name] = tf.tensor(await file.read(stored), [...shape], 'float32');
    }
    return parameters;
  } catch (error) {
    tf.dispose(parameters);
    throw error;
  }
}

function locateTensors(files: readonly SafetensorsFile[], wanted: WantedParameters): Map<string, SafetensorsFile> {
  const { shapes, nameInFiles = (name) => name } = wanted;
  const stored = new Set([...shapes.keys()].map(nameInFiles));
  const sources = new Map<string, SafetensorsFile>();
  for (const file of files) {
    for (const name of file.tensors.keys()) {
      if (stored.has(name)) sources.set(name, file);
      else if (!wanted.isRedundant(name)) throw superfluousTensor(file, name, wanted);
    }
  }
  return sources;
}

function missingTensor(name: string, { directory, model }: WantedParameters): RlloomError {
  return new RlloomError('model', {
    what: `no weight file has the tensor ${name}, which a ${model} needs`,
    where: directory,
    fix: 'check that config.json belongs to these weights and that all of their files are there',
  });
}

// Dropping it silently could drop what the model was trained with.
function superfluousTensor(file: SafetensorsFile, name: string, { model }: WantedParameters): RlloomError {
  return new RlloomError('model', {
    what: `a ${model} has no such tensor`,
    where: `${file.path}: ${name}`,
    fix: 'check that config.json belongs to these weights; adapters and value or reward heads are not read here',
  });
}

function checkShape(file: SafetensorsFile, name: string, shape: readonly number[]): void {
  const actual = file.tensors.get(name)?.shape ?? [];
  if (actual.length === shape.length && actual.every((length, i) => length === shape[i])) return;
  throw new RlloomError('model', {
    what: `the shape is [${actual.join(', ')}], config.json asks for [${shape.join(', ')}]`,
    where: `${file.path}: ${name}`,
    fix: 'check that config.json belongs to these weights',
  });
}
