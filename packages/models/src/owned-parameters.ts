import { RlloomError } from '@rlloom/spec';
import { createProgram, type ParameterTree, type Program, tf } from '@rlloom/tensor';
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

/**
 * Parameters that live until they are replaced or disposed of, whatever tidy runs around them: in tensors, or in the
 * variables of a program once there is one.
 */
export class OwnedParameters {
  readonly #expected: ExpectedParameters;
  // With a program of graphs: what was read of it, some or all. Else all.
  #tensors: ParameterTree;
  #tree: ParameterTree | undefined;
  #program: Program | undefined;
  // The version of the program that `#tensors` are of.
  #version = 0;

  /**
   * Takes over `parameters`.
   *
   * @throws RlloomError kind `model` when names or shapes differ
   */
  constructor(expected: ExpectedParameters, parameters: ParameterTree) {
    this.#expected = expected;
    this.#tensors = inOrder(expected, parameters);
    this.#tree = this.#tensors;
    for (const tensor of Object.values(this.#tensors)) tf.keep(tensor);
  }

  /** In the order of the shapes. With a program it is read from there, again when a variable has changed. */
  get tree(): ParameterTree {
    this.#dropOld();
    if (this.#tree !== undefined) return this.#tree;
    const names = [...this.#expected.shapes.keys()];
    const read = this.#program?.read(names.filter((name) => this.#tensors[name] === undefined)) ?? {};
    for (const tensor of Object.values(read)) tf.keep(tensor);
    this.#tensors = { ...this.#tensors, ...read };
    this.#tree = inOrder(this.#expected, this.#tensors);
    return this.#tree;
  }

  /** Their names, in the order of the shapes; nothing is read for them. */
  get names(): readonly string[] {
    return [...this.#expected.shapes.keys()];
  }

  /** How many numbers there are. */
  get count(): number {
    return [...this.#expected.shapes.values()].reduce((sum, shape) => sum + tf.util.sizeFromShape([...shape]), 0);
  }

  /**
   * The program that has the parameters as variables, under their names; made when it is first asked for. From then on
   * they live there, and tensors are copies of them where it runs graphs.
   */
  get program(): Program {
    if (this.#program !== undefined) return this.#program;
    const program = createProgram();
    program.addVariables(this.#tensors);
    this.#program = program;
    this.#version = this.#changedAt();
    if (program.kind === 'graph') this.#drop();
    return program;
  }

  /**
   * Takes over new parameters and frees those they replace. A tensor in both stays.
   *
   * @throws RlloomError kind `model` when names or shapes differ; then nothing has changed
   */
  replace(next: ParameterTree): void {
    const taken = inOrder(this.#expected, next);
    const program = this.#program;
    const isOld = this.#changedAt() !== this.#version;
    const changed = Object.entries(taken).filter(([name, tensor]) => isOld || this.#tensors[name] !== tensor);
    program?.write(Object.fromEntries(changed));
    const previous = Object.values(this.#tensors);
    const isCopied = program?.kind === 'graph';
    const gone = new Set(isCopied ? changed.map(([, tensor]) => tensor) : []);
    this.#tensors = Object.fromEntries(Object.entries(taken).filter(([, tensor]) => !gone.has(tensor)));
    this.#tree = isCopied && changed.length > 0 ? undefined : this.#tensors;
    this.#version = this.#changedAt();
    const kept = new Set(Object.values(this.#tensors));
    for (const tensor of kept) tf.keep(tensor);
    for (const tensor of new Set([...previous, ...gone])) if (!kept.has(tensor)) tensor.dispose();
  }

  /** Frees them, and the program. Calling it again does nothing. */
  dispose(): void {
    this.#program?.dispose();
    tf.dispose(this.#tensors);
  }

  #dropOld(): void {
    if (this.#changedAt() === this.#version) return;
    this.#drop();
    this.#version = this.#changedAt();
  }

  #changedAt(): number {
    return this.#program?.versionOf([...this.#expected.shapes.keys()]) ?? 0;
  }

  #drop(): void {
    tf.dispose(this.#tensors);
    this.#tensors = {};
    this.#tree = undefined;
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
