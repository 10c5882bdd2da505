import { isDataType } from './data-type.ts';
import type { AttributeValue, OperationAttributes, OperationRule } from './operation-rule.ts';

/** An attribute with the kind TensorFlow has it in, so that it can be written into a graph. */
export type RecordedAttribute =
  | { readonly kind: 'int' | 'float' | 'type'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'shape' | 'ints' | 'floats' | 'types'; readonly value: readonly number[] }
  | { readonly kind: 'bools'; readonly value: readonly boolean[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] };

/** Attributes by name. */
export type RecordedAttributes = Readonly<Record<string, RecordedAttribute>>;

/** An attribute as the kernels of tfjs-node give it: `type` is one of `binding.TF_ATTR_*`. */
export interface BindingAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

// TF_AttrType of TensorFlow's C API.
const kinds = ['string', 'int', 'float', 'bool', 'type', 'shape'] as const;

/**
 * The attributes that a kernel of tfjs-node passes to `executeSingleOutput`, by name. A value that is an array is a
 * list, but for a shape. Left out is one without a value, as for an option that the caller did not give.
 *
 * @throws Error for an attribute of another kind (a tensor, a function)
 */
export function decodeAttributes(attributes: readonly BindingAttribute[]): RecordedAttributes {
  const given = attributes.filter(({ value }) => value !== undefined && value !== null);
  return Object.fromEntries(given.map((attribute) => [attribute.name, decode(attribute)]));
}

function decode({ name, type, value }: BindingAttribute): RecordedAttribute {
  const kind = kinds[type];
  if (kind === undefined) throw new Error(`attribute ${name} is of kind ${type}, which is neither a number nor a text`);
  const isList = Array.isArray(value) && kind !== 'shape';
  return { kind: isList ? `${kind}s` : kind, value } as RecordedAttribute;
}

/** The values alone, as {@link OperationRule.infer} takes them. */
export function plainAttributes(attributes: RecordedAttributes): OperationAttributes {
  const entries = Object.entries(attributes).map(([name, { value }]) => [name, value as AttributeValue]);
  return Object.fromEntries(entries) as OperationAttributes;
}

/**
 * The attributes with those that follow from the inputs: their types, and the lengths of lists. Run at once, TensorFlow
 * finds these itself, over what the kernel says; a node of a graph must have them, and right. (`ExpandDims` of tfjs-node
 * says none, `Mean` the type before its cast.)
 *
 * @param inputTypes TensorFlow's `DataType` of each input
 */
export function completeAttributes(
  rule: Pick<OperationRule, 'inputs'>,
  inputTypes: readonly number[],
  attributes: RecordedAttributes,
): RecordedAttributes {
  const completed: Record<string, RecordedAttribute> = { ...attributes };
  let place = 0;
  for (const { type, count } of rule.inputs) {
    const length = count === undefined ? 1 : inputTypes.length - (rule.inputs.length - 1);
    const inputType = inputTypes[place];
    if (count !== undefined) completed[count] = { kind: 'int', value: length };
    if (!isDataType(type) && inputType !== undefined) completed[type] = { kind: 'type', value: inputType };
    place += length;
  }
  return completed;
}
