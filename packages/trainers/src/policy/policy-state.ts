import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CausalLanguageModel,
  loadAdapter,
  type LoraAdapter,
  readTensors,
  saveAdapter,
  saveModel,
  writeTensors,
} from '@rlloom/models';
import { RlloomError } from '@rlloom/spec';
import { cloneTree, type ParameterTree, tf, type TransformState } from '@rlloom/tensor';

/** What `writePolicyState` writes. */
export interface PolicyStateInput {
  readonly directory: string;
  readonly model: CausalLanguageModel;
  /** Written instead of the model, which it leaves as it was. */
  readonly adapter: LoraAdapter | undefined;
  readonly optimizerState: TransformState;
  readonly version: number;
  /** Folder whose tokenizer files go beside the weights, so that the checkpoint is a model folder of its own. */
  readonly tokenizerDirectory: string | undefined;
}

/** What `readPolicyState` reads; the caller owns the tensors. */
export interface PolicyState {
  /** Of the adapter if there is one, else of the model. */
  readonly parameters: ParameterTree;
  readonly optimizerState: TransformState;
  readonly version: number;
}

/** Writes `model/` (a Hugging Face folder) or `adapter/` (a PEFT folder), `optimizer.safetensors` and `policy.json`. */
export async function writePolicyState(input: PolicyStateInput): Promise<void> {
  const { directory, model, adapter, optimizerState, version, tokenizerDirectory } = input;
  await mkdir(directory, { recursive: true });
  if (adapter === undefined) {
    const tokenizer = tokenizerDirectory === undefined ? {} : { tokenizerFrom: tokenizerDirectory };
    await saveModel(model, join(directory, 'model'), tokenizer);
  } else {
    await saveAdapter(adapter, join(directory, 'adapter'));
  }
  await writeTensors(join(directory, 'optimizer.safetensors'), optimizerState.tensors);
  await writeFile(
    join(directory, 'policy.json'),
    `${JSON.stringify({ version, optimizer: optimizerState.scalars }, null, 2)}\n`,
  );
}

/**
 * Reads what `writePolicyState` wrote.
 *
 * @param expected the model or adapter and the optimizer state that the checkpoint must fit, by names and shapes
 * @throws RlloomError `checkpoint` when it does not, or a file cannot be read
 */
export async function readPolicyState(
  directory: string,
  expected: Pick<PolicyStateInput, 'model' | 'adapter' | 'optimizerState'>,
): Promise<PolicyState> {
  const { model, adapter, optimizerState } = expected;
  const parameters =
    adapter === undefined
      ? await readTree(join(directory, 'model', 'model.safetensors'), model.parameters)
      : await readAdapterTree(join(directory, 'adapter'), model, adapter);
  const tensors = await readTree(join(directory, 'optimizer.safetensors'), optimizerState.tensors);
  const { version, optimizer } = JSON.parse(await readFile(join(directory, 'policy.json'), 'utf8')) as {
    version: number;
    optimizer: Record<string, number>;
  };
  return { parameters, optimizerState: { tensors, scalars: optimizer }, version };
}

/**
 * Reads a tree that must have the names and shapes of `expected`; the caller owns the tensors.
 *
 * @throws RlloomError `checkpoint` naming the file and the tensor that does not fit
 */
export async function readTree(file: string, expected: ParameterTree): Promise<Record<string, tf.Tensor>> {
  return checkFit(await readTensors(file), expected, file);
}

async function readAdapterTree(
  directory: string,
  ...[model, adapter]: [CausalLanguageModel, LoraAdapter]
): Promise<Record<string, tf.Tensor>> {
  const saved = await loadAdapter(model, directory);
  const read = cloneTree(saved.parameters);
  const scalings = saved.modules.map(({ scaling }) => scaling).join();
  saved.dispose();
  if (scalings !== adapter.modules.map(({ scaling }) => scaling).join()) {
    tf.dispose(read);
    throw new RlloomError('checkpoint', {
      what: 'the adapter in the checkpoint weighs its change otherwise than the one in this run',
      where: directory,
      fix: 'resume with the rank and alpha the checkpoint was made with',
    });
  }
  return checkFit(read, adapter.parameters, directory);
}

function checkFit(read: Record<string, tf.Tensor>, expected: ParameterTree, file: string): Record<string, tf.Tensor> {
  const mismatch = [...new Set([...Object.keys(read), ...Object.keys(expected)])].find(
    (name) => read[name]?.shape.join() !== expected[name]?.shape.join(),
  );
  if (mismatch === undefined) return read;
  const inFile = describeShape(read[mismatch]?.shape);
  tf.dispose(read);
  throw new RlloomError('checkpoint', {
    what: `tensor "${mismatch}" does not fit: ${inFile} in the file, ${describeShape(expected[mismatch]?.shape)} in this run`,
    where: file,
    fix: 'resume with the model and optimizer the checkpoint was made with',
  });
}

function describeShape(shape: readonly number[] | undefined): string {
  return shape === undefined ? 'missing' : `[${shape.join(', ')}]`;
}
