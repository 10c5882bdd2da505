import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAdapter, createModel, loadModel, parseModelConfig, saveAdapter, saveModel } from '@rlloom/models';
// eslint-disable-next-line @nx/enforce-module-boundaries -- rollout itself needs no tensor; its tests need a backend to run on
import { tf } from '@rlloom/tensor';
import { servedModelFolder } from './served-model.ts';

/** Writes a model of the shapes of the served one, with other weights. */
export async function writeOtherModel(directory: string): Promise<void> {
  const config = JSON.parse(await readFile(join(servedModelFolder, 'config.json'), 'utf8')) as Record<string, unknown>;
  const model = createModel(parseModelConfig({ ...config, initializer_range: 0.12 }), { seed: 9 });
  await saveModel(model, directory, { tokenizerFrom: servedModelFolder });
  model.dispose();
}

/** Writes an adapter of the served model that changes it visibly, and the model with it merged: both say the same. */
export async function writeOtherAdapter(directory: string, seed: number): Promise<void> {
  const model = await loadModel(servedModelFolder);
  const adapter = createAdapter(model, { rank: 4, seed, targetModules: ['q_proj', 'v_proj', 'o_proj'] });
  adapter.setParameters(
    Object.fromEntries(
      Object.entries(adapter.parameters).map(([name, tensor]) => [
        name,
        tf.tidy(() =>
          tf.add(tensor, tf.mul(0.2, tf.reshape(tf.sin(tf.range(seed, tensor.size + seed)), tensor.shape))),
        ),
      ]),
    ),
  );
  await saveAdapter(adapter, directory, { baseModel: servedModelFolder });
  adapter.dispose();
  model.dispose();
}
