import type { tf } from '../../tf.ts';
import { isDataType, tfjsTypeOf } from './data-type.ts';
import type {
  AttributeValue,
  OperationArgument,
  OperationAttributes,
  OperationRule,
  TracedValue,
} from './operation-rule.ts';

/** Lengths of the axes. */
export type Shape = readonly number[];

/** The inputs of an operation as its shape function reads them. */
export interface OperationCall {
  /** Shapes of all inputs. */
  readonly shapes: readonly Shape[];
  /** The shape of an input, by place. */
  readonly shape: (input: number) => Shape;
  /** The numbers of an input that must be a constant, by place (negative: from the end). */
  readonly constant: (input: number) => number[];
  readonly number: (attribute: string, otherwise?: number) => number;
  readonly flag: (attribute: string) => boolean;
  readonly text: (attribute: string, otherwise?: string) => string;
  readonly list: (attribute: string, otherwise?: Shape) => Shape;
}

/** Shape of each output. */
export type ShapeFunction = (call: OperationCall) => readonly Shape[];

/** An operation but for its name. */
export interface OperationDefinition {
  readonly signature: string;
  readonly shapes: ShapeFunction;
}

/** Operations by name. */
export type OperationDefinitions = Readonly<Record<string, OperationDefinition>>;

/** Operations that share their arguments and their shape function, by name. */
export function defineAlike(names: string, signature: string, shapes: ShapeFunction): OperationDefinitions {
  return Object.fromEntries(names.split(' ').map((name) => [name, { signature, shapes }]));
}

/**
 * The rule of an operation.
 *
 * @param definition `signature` has the arguments of its definition in TensorFlow: `values: N*T, axis: Tidx -> output: T`
 * where `T` and `Tidx` are attributes that hold types, and `N` is one that holds the length of a list; a type may be
 * given (`int32`), and an attribute that only an output has may have a default (`output_type=int64`)
 */
export function createRule(name: string, { signature, shapes }: OperationDefinition): OperationRule {
  const [inputs, outputs] = signature.split('->').map(parseArguments) as [ParsedArgument[], ParsedArgument[]];
  return {
    inputs: inputs.map(({ name, type, count }) => ({ name, type, count })),
    outputs: outputs.map(({ name }) => name),
    infer: (values, attributes) => {
      const given = { name, inputs, values, attributes };
      const types = outputs.map((output) => typeOf(output, given));
      // Where there is a list, it is the only output.
      return shapes(createCall(given)).map((shape, i) => ({ shape, dtype: (types[i] ?? types[0]) as tf.DataType }));
    },
  };
}

interface ParsedArgument extends OperationArgument {
  readonly defaultType?: string | undefined;
}

interface Given {
  readonly name: string;
  readonly inputs: readonly OperationArgument[];
  readonly values: readonly TracedValue[];
  readonly attributes: OperationAttributes;
}

const argumentPattern = /^(\w+): (?:(\w+)\*)?(\w+)(?:=(\w+))?$/;

function parseArguments(list: string): ParsedArgument[] {
  const parts = list.split(',').map((part) => part.trim());
  return parts
    .filter((part) => part !== '')
    .map((part) => {
      const match = argumentPattern.exec(part);
      if (match === null) throw new Error(`"${part}" is not an argument of an operation`);
      const [, name, count, type, defaultType] = match as unknown as [string, string, string?, string?, string?];
      return { name, type: type as string, count, defaultType };
    });
}

function typeOf({ type, defaultType }: ParsedArgument, { name, inputs, values, attributes }: Given): tf.DataType {
  if (isDataType(type)) return tfjsTypeOf(type);
  const sameType = inputs.findIndex((input) => input.type === type);
  if (sameType !== -1) return inputAt(sameType, { name, inputs, values }).dtype;
  const said = attributes[type] as number | undefined;
  if (said !== undefined) return tfjsTypeOf(said);
  if (defaultType === undefined || !isDataType(defaultType)) throw new Error(`${name} lacks its attribute ${type}`);
  return tfjsTypeOf(defaultType);
}

/** The first value of an input argument. */
function inputAt(argument: number, { name, inputs, values }: Omit<Given, 'attributes'>): TracedValue {
  const list = inputs.findIndex(({ count }) => count !== undefined);
  const place = list === -1 || argument <= list ? argument : argument + values.length - inputs.length;
  const value = values[place];
  if (value === undefined) throw new Error(`${name} lacks its input "${inputs[argument]?.name}"`);
  return value;
}

function createCall({ name, inputs, values, attributes }: Given): OperationCall {
  const read = <Value extends AttributeValue>(attribute: string, otherwise?: Value): Value => {
    const value = (attributes[attribute] ?? otherwise) as Value | undefined;
    if (value === undefined) throw new Error(`${name} lacks its attribute ${attribute}`);
    return value;
  };
  const at = (argument: number): TracedValue => inputAt(argument, { name, inputs, values });
  return {
    shapes: values.map(({ shape }) => shape),
    shape: (input) => at(input).shape,
    constant: (input) => {
      const argument = input < 0 ? inputs.length + input : input;
      const { constant } = at(argument);
      if (constant === undefined) {
        const which = `input "${inputs[argument]?.name}" of ${name}`;
        throw new Error(`${which} must be a constant, since the shape of the result depends on it`);
      }
      return Array.from(constant);
    },
    number: (attribute, otherwise) => read<number>(attribute, otherwise),
    flag: (attribute) => read<boolean>(attribute, false),
    text: (attribute, otherwise) => read<string>(attribute, otherwise),
    list: (attribute, otherwise) => read<Shape>(attribute, otherwise),
  };
}
