import { compile, type ParameterTree, tensorOf, tf, valueAndGradients } from '@rlloom/tensor';
import { loadScoringModel } from '../heads/load-scoring-model.ts';
import { sequenceScores, tokenScores } from '../heads/scores.ts';
import type { ScoringModel } from '../heads/scoring-model.ts';
import { batchOf, type ForwardFixture, forwardTolerance } from './check-forward.ts';
import { compareNumbers, type ConformanceResult, flatten, type Numbers } from './conformance-result.ts';

type Padded = Pick<ForwardFixture, 'input_ids' | 'attention_mask'>;
type Scored = Padded & { readonly logits: Numbers };

/** What transformers computed with a value or reward head. */
export interface ScoringFixture {
  readonly left_padded: Scored;
  readonly right_padded: Scored;
  /**
   * Values: the mean of `(value − target)²` over tokens, targets evenly from −1 to 1 over the whole batch. Rewards: the
   * mean of `−log σ(chosen − rejected)`, where the first half of the rows are the chosen ones.
   */
  readonly loss_case: Padded & { readonly loss: number; readonly grad_norms: Readonly<Record<string, number>> };
}

/** Whether config.json names a class with a value or reward head. */
export function isScoringArchitecture(architectures: readonly string[] = []): boolean {
  return architectures.some((name) => /For(Token|Sequence)Classification$/.test(name));
}

/** Compares values or rewards, a loss and the norm of every parameter's gradient. */
export async function checkScoringFolder(directory: string, fixture: ScoringFixture): Promise<ConformanceResult[]> {
  const model = await loadScoringModel(directory);
  try {
    return [
      await checkScores('left_padded', model, fixture.left_padded),
      await checkScores('right_padded', model, fixture.right_padded),
      ...(await checkLoss(model, fixture.loss_case)),
    ];
  } finally {
    model.dispose();
  }
}

async function checkScores(name: string, model: ScoringModel, fixture: Scored): Promise<ConformanceResult> {
  const compiled = compile((parameters: ParameterTree) => ({ scores: scoresOf(model, parameters, fixture) }));
  const { scores } = await compiled(model.parameters);
  const actual = await scores.data<'float32'>();
  scores.dispose();
  compiled.dispose();
  return compareNumbers(`${name}.logits`, actual, { values: flatten(fixture.logits), tolerance: forwardTolerance });
}

async function checkLoss(model: ScoringModel, fixture: ScoringFixture['loss_case']): Promise<ConformanceResult[]> {
  const compiled = compile((inputs: ParameterTree) => {
    const { value, gradients } = valueAndGradients((parameters) => {
      const scores = scoresOf(model, parameters, fixture);
      return { value: model.head.kind === 'value' ? meanSquare(scores, fixture) : preference(scores) };
    }, inputs);
    return { value, gradients };
  });
  const { value, gradients } = await compiled(model.parameters);
  compiled.dispose();
  const loss = (await value.data())[0] as number;
  const norms: number[] = [];
  for (const name of Object.keys(fixture.grad_norms)) {
    const values = await tensorOf(gradients, name).data<'float32'>();
    norms.push(Math.sqrt(values.reduce((sum, x) => sum + x * x, 0)));
  }
  tf.dispose([value, gradients]);
  return [
    compareNumbers('loss_case.loss', [loss], { values: [fixture.loss], tolerance: forwardTolerance }),
    compareNumbers('loss_case.grad_norms', norms, {
      values: Object.values(fixture.grad_norms),
      tolerance: forwardTolerance,
    }),
  ];
}

function scoresOf({ config, head }: ScoringModel, parameters: ScoringModel['parameters'], padded: Padded): tf.Tensor {
  const score = head.kind === 'value' ? tokenScores : sequenceScores;
  return score(config, parameters, batchOf(padded));
}

function meanSquare(values: tf.Tensor, { attention_mask: mask }: Padded): tf.Scalar {
  const counted = tf.tensor1d(mask.flat());
  const targets = tf.linspace(-1, 1, counted.size);
  const squares = tf.mul(tf.square(tf.sub(tf.reshape(values, [-1]), targets)), counted);
  return tf.div(tf.sum(squares), tf.sum(counted));
}

function preference(rewards: tf.Tensor): tf.Scalar {
  const [chosen, rejected] = tf.split(rewards, 2) as [tf.Tensor, tf.Tensor];
  return tf.mean(tf.softplus(tf.sub(rejected, chosen)));
}
