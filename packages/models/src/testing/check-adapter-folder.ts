import { join } from 'node:path';
import { tensorOf, tf } from '@rlloom/tensor';
import { adaptParameters, withAdapter } from '../adapters/adapt-parameters.ts';
import { peftPrefix } from '../adapters/adapter-files.ts';
import { loadAdapter } from '../adapters/load-adapter.ts';
import type { LoraAdapter } from '../adapters/lora-adapter.ts';
import { mergeAdapter } from '../adapters/merge-adapter.ts';
import { loadModel } from '../checkpoint/load-model.ts';
import { readJsonFile } from '../checkpoint/model-files.ts';
import { checkForward, type ForwardFixture, forwardTolerance, lastLogits } from './check-forward.ts';
import { checkGeneration, type GenerationFixtures } from './check-generation.ts';
import { checkGradients, type LossFixture } from './check-gradients.ts';
import { compareNumbers, type ConformanceResult, flatten } from './conformance-result.ts';

type Batches = Readonly<Record<'single' | 'left_padded' | 'right_padded', ForwardFixture>>;

/** What PEFT computed with an adapter, with it switched off, and of its matrices. */
export type AdapterFixture = Batches &
  GenerationFixtures & {
    readonly causal_lm_loss: LossFixture;
    readonly adapter_disabled_logits_last_single: readonly (readonly number[])[];
    /** `‖s·B·A‖` by module. */
    readonly lora_delta_norms: Readonly<Record<string, number>>;
  };

/** Compares an adapter with what PEFT computed: applied, merged, switched off, and its gradients. */
export async function checkAdapterFolder(directory: string, fixture: AdapterFixture): Promise<ConformanceResult[]> {
  const json = (await readJsonFile(directory, 'adapter_config.json')) as { base_model_name_or_path: string };
  const model = await loadModel(join(directory, json.base_model_name_or_path));
  const adapter = await loadAdapter(model, directory);
  const merged = mergeAdapter(model, adapter);
  const adapted = withAdapter(model, adapter);
  const batchOf = (name: string) => fixture[name as keyof Batches];
  try {
    const off = await lastLogits(model, fixture.single);
    const trained = {
      config: model.config,
      parameters: adapter.parameters,
      complete: (parameters: LoraAdapter['parameters']) => adaptParameters(model.parameters, adapter, parameters),
    };
    return [
      ...(await checkForward('single', adapted, fixture.single)),
      ...(await checkForward('left_padded', adapted, fixture.left_padded)),
      ...(await checkForward('right_padded', adapted, fixture.right_padded)),
      ...(await checkForward('merged', merged, fixture.left_padded)),
      compareNumbers('adapter_disabled_logits_last_single', off, {
        values: flatten(fixture.adapter_disabled_logits_last_single),
        tolerance: forwardTolerance,
      }),
      await checkChanges(adapter, fixture.lora_delta_norms),
      ...(await checkGeneration(adapted, fixture, batchOf(fixture.greedy.prompt))),
      ...(await checkGradients(trained, ownNames(fixture.causal_lm_loss), batchOf(fixture.causal_lm_loss.input))),
    ];
  } finally {
    for (const each of [merged, adapter, model]) each.dispose();
  }
}

async function checkChanges(
  adapter: LoraAdapter,
  expected: Readonly<Record<string, number>>,
): Promise<ConformanceResult> {
  const norms: number[] = [];
  for (const name of Object.keys(expected)) {
    const path = name.replace(peftPrefix, '');
    const norm = tf.tidy(() => {
      const product = tf.matMul(
        tensorOf(adapter.parameters, `${path}.lora_B.weight`),
        tensorOf(adapter.parameters, `${path}.lora_A.weight`),
      );
      return tf.norm(tf.mul(product, tensorOf(adapter.scalings, `${path}.lora_scaling`)));
    });
    norms.push((await norm.data())[0] ?? Number.NaN);
    norm.dispose();
  }
  return compareNumbers('lora_delta_norms', norms, { values: Object.values(expected), tolerance: forwardTolerance });
}

// PEFT's names in memory carry the name of the adapter.
function ownNames(fixture: LossFixture): LossFixture {
  const rename = <Value>(record: Readonly<Record<string, Value>>): Record<string, Value> =>
    Object.fromEntries(
      Object.entries(record).map(([name, value]) => [name.replace(peftPrefix, '').replace('.default.', '.'), value]),
    );
  return { ...fixture, grad_norms: rename(fixture.grad_norms), grad_slices: rename(fixture.grad_slices) };
}
