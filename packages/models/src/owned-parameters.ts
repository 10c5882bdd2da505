import { RlloomError } from '@rlloom/spec';
import { type ParameterTree, tf } from '@rlloom/tensor';
import type { ModelConfig } from './config/model-config.ts';

/** The parameters that something owns must have, and how it says that they do not fit. */
export interface ExpectedParameters {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Said of a name that is not among them. */
  readonly extra: string;
  /** Said of one that is not there. */
  readonly missing: string;
  /** Said of another shape: `shape` before the given one, `needs` before the right one. */
  readonly shape: string;
  readonly needs: string;
  readonly fix: string;
}

/** Parameters of a model of that configuration. */
export function modelParameters(
  shapes: ReadonlyMap<string, readonly number[]>,
  { modelType }: Pick<ModelConfig, 'modelType'>,
): ExpectedParameters {
  return {
    shapes,
    extra: `a ${modelType} model of this shape has no such parameter`,
    missing: 'the parameter is missing',
    shape: 'the shape is',
    needs: 'the model needs',
    fix: 'take parameters of a model with the same configuration',
  };
}

/** Parameters that live until they are replaced or disposed of, whatever tidy runs around them. */
export class OwnedParameters {
  readonly #expected: ExpectedParameters;
  #tree: ParameterTree;

  /**
   * Takes over `parameters`.
   *
   * @throws RlloomError kind `model` when names or shapes differ
   */
  constructor(expected: ExpectedParameters, parameters: ParameterTree) {
    this.#expected = expected;
    this.#tree = inOrder(expected, parameters);
    for (const tensor of Object.values(this.#tree)) tf.keep(tensor);
  }

  /** In the order of the shapes. */
  get tree(): ParameterTree {
    return this.#tree;
  }

  /** How many numbers there are. */
  get count(): number {
    return Object.values(this.#tree).reduce((sum, tensor) => sum + tensor.size, 0);
  }

  /**
   * Takes over new parameters and frees those they replace. A tensor in both stays.
   *
   * @throws RlloomError kind `model` when names or shapes differ; then nothing has changed
   */
  replace(next: ParameterTree): void {
    const previous = this.#tree;
    this.#tree = inOrder(this.#expected, next);
    const kept = new Set(Object.values(this.#tree));
    for (const tensor of kept) tf.keep(tensor);
    for (const tensor of Object.values(previous)) if (!kept.has(tensor)) tensor.dispose();
  }

  /** Frees them. Calling it again does nothing. */
  dispose(): void {
    tf.dispose(this.#tree);
  }
}

function inOrder(expected: ExpectedParameters, parameters: ParameterTree): ParameterTree {
  const { shapes, extra, missing, shape: given, needs, fix } = expected;
  const refuse = (where: string, what: string) => new RlloomError('model', { what, where, fix });
  const unknown = Object.keys(parameters).find((name) => !shapes.has(name));
  if (unknown !== undefined) throw refuse(unknown, extra);
  return Object.fromEntries(
    [...shapes].map(([name, shape]) => {
      const tensor = parameters[name];
      if (tensor === undefined) throw refuse(name, missing);
      if (!tf.util.arraysEqual(tensor.shape, [...shape])) {
        throw refuse(name, `${given} [${tensor.shape.join(', ')}], ${needs} [${shape.join(', ')}]`);
      }
      return [name, tensor];
    }),
  );
}
