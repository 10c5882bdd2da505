import { join } from 'node:path';
import { RlloomError } from '@rlloom/spec';
import { type ParameterTree, tf } from '@rlloom/tensor';
import { createTensorReader } from './read-tensor.ts';
import { openSafetensors, type ReadOptions, type SafetensorsFile, unreadableType } from './safetensors-file.ts';
import { isFloatType } from './stored-types.ts';
import { listTensorNames } from './tensor-names.ts';
import { findWeightFiles, indexFileName, readWeightIndex } from './weight-files.ts';

/** What {@link readParameters} looks for. */
export interface WantedParameters extends Pick<ReadOptions, 'allowNonFinite'> {
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
 * Opens the weight files of a model folder for `use` and closes them after it. Only their headers are read.
 *
 * @throws RlloomError kind `model` when there are none, one of them is missing or damaged, two hold the same tensor, or
 * one lacks a tensor that the index promises
 */
export async function withWeightFiles<Result>(
  directory: string,
  use: (files: readonly SafetensorsFile[]) => Promise<Result>,
): Promise<Result> {
  const files: SafetensorsFile[] = [];
  try {
    const names = await findWeightFiles(directory);
    for (const name of names) files.push(await openSafetensors(join(directory, name)));
    checkDuplicates(files);
    if (names.length > 1) checkIndex(files, (await readWeightIndex(directory)) ?? new Map(), directory);
    return await use(files);
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

/**
 * Reads every wanted parameter from open weight files as float32, one at a time.
 *
 * @returns tensors the caller owns
 * @throws RlloomError kind `model` naming file and tensor: all that are missing, superfluous, misshapen or of a number
 * type that is not read; the first with a value that is not finite
 */
export async function readParameters(
  files: readonly SafetensorsFile[],
  wanted: WantedParameters,
): Promise<ParameterTree> {
  const { shapes, nameInFiles = (name) => name, allowNonFinite = false } = wanted;
  const sources = findParameters(files, wanted);
  const readTensor = createTensorReader({ allowNonFinite });
  const parameters: Record<string, tf.Tensor> = {};
  try {
    for (const name of shapes.keys()) {
      const stored = nameInFiles(name);
      parameters[name] = await readTensor(sources.get(stored) as SafetensorsFile, stored);
    }
    return parameters;
  } catch (error) {
    tf.dispose(parameters);
    throw error;
  }
}

/**
 * The file of each tensor, by its name there.
 *
 * @throws RlloomError kind `model` naming all wanted parameters that are missing, superfluous, misshapen or of a number
 * type that is not read
 */
export function findParameters(
  files: readonly SafetensorsFile[],
  wanted: WantedParameters,
): ReadonlyMap<string, SafetensorsFile> {
  const sources = new Map(files.flatMap((file) => [...file.tensors.keys()].map((name) => [name, file] as const)));
  checkNames(sources, wanted);
  checkEntries(sources, wanted);
  return sources;
}

// Both would be silently wrong: a missing tensor made up, a superfluous one dropped with what it was trained for.
function checkNames(sources: ReadonlyMap<string, SafetensorsFile>, wanted: WantedParameters): void {
  const { directory, model, shapes, nameInFiles = (name) => name } = wanted;
  const stored = new Set([...shapes.keys()].map(nameInFiles));
  const missing = [...stored].filter((name) => !sources.has(name));
  const superfluous = [...sources].filter(([name]) => !stored.has(name) && !wanted.isRedundant(name));
  const extra = listTensorNames(superfluous.map(([name]) => name));
  if (missing.length > 0) {
    const alsoExtra = extra === '' ? '' : `; they hold others, which it does not have: ${extra}`;
    throw new RlloomError('model', {
      what: `no weight file has ${listTensorNames(missing)}, which a ${model} needs${alsoExtra}`,
      where: directory,
      fix: 'check that config.json belongs to these weights and that all of their files are there',
    });
  }
  const [first] = superfluous;
  if (first === undefined) return;
  const paths = new Set(superfluous.map(([, file]) => file.path));
  throw new RlloomError('model', {
    what: `a ${model} has no such tensor`,
    where: `${[...paths].join(', ')}: ${extra}`,
    fix: 'check that config.json belongs to these weights; open adapters with loadAdapter, value and reward heads with loadScoringModel',
  });
}

function checkEntries(sources: ReadonlyMap<string, SafetensorsFile>, wanted: WantedParameters): void {
  const { shapes, nameInFiles = (name) => name } = wanted;
  const misshapen: { readonly path: string; readonly name: string; readonly what: string }[] = [];
  for (const [name, shape] of shapes) {
    const stored = nameInFiles(name);
    const { path, tensors } = sources.get(stored) as SafetensorsFile;
    const { dtype = '', shape: actual = [] } = tensors.get(stored) ?? {};
    if (!isFloatType(dtype)) throw unreadableType(dtype, `${path}: ${stored}`);
    if (actual.length === shape.length && actual.every((length, i) => length === shape[i])) continue;
    const what = `the shape is [${actual.join(', ')}], config.json asks for [${shape.join(', ')}]`;
    misshapen.push({ path, name: stored, what });
  }
  const [first, ...others] = misshapen;
  if (first === undefined) return;
  const also = others.length === 0 ? '' : `; also misshapen: ${listTensorNames(others.map(({ name }) => name))}`;
  throw new RlloomError('model', {
    what: first.what + also,
    where: `${first.path}: ${first.name}`,
    fix: 'check that config.json belongs to these weights',
  });
}

function checkDuplicates(files: readonly SafetensorsFile[]): void {
  const sources = new Map<string, SafetensorsFile>();
  for (const file of files) {
    for (const name of file.tensors.keys()) {
      const other = sources.get(name);
      if (other !== undefined) {
        throw new RlloomError('model', {
          what: `the tensor is in ${other.path} as well, so it is unclear which of the two belongs to the model`,
          where: `${file.path}: ${name}`,
          fix: 'remove weight files of another model from the folder, or download it again',
        });
      }
      sources.set(name, file);
    }
  }
}

function checkIndex(files: readonly SafetensorsFile[], index: ReadonlyMap<string, string>, directory: string): void {
  const opened = new Map(files.map((file) => [file.path, file]));
  for (const [name, fileName] of index) {
    const path = join(directory, fileName);
    if (opened.get(path)?.tensors.has(name) === true) continue;
    throw new RlloomError('model', {
      what: `${indexFileName} says that the tensor is in this file, which does not have it`,
      where: `${path}: ${name}`,
      fix: 'download or copy the weight files and the index again: they are not of the same model',
    });
  }
}
