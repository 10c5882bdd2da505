import { create, createFileRegistry, type DescMessage, toBinary } from '@bufbuild/protobuf';
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';

interface Field {
  readonly name: string;
  readonly number: number;
  readonly type: Type;
  /** Name of the message type, where `type` is MESSAGE. */
  readonly message?: string;
  readonly repeated?: true;
}

// The part of TensorFlow's event.proto, summary.proto, tensor.proto and tensor_shape.proto that is written here.
// Enums are declared as int32: the bytes are the same.
const messages: Readonly<Record<string, readonly Field[]>> = {
  Event: [
    { name: 'wall_time', number: 1, type: Type.DOUBLE },
    { name: 'step', number: 2, type: Type.INT64 },
    { name: 'file_version', number: 3, type: Type.STRING },
    { name: 'summary', number: 5, type: Type.MESSAGE, message: 'Summary' },
    { name: 'session_log', number: 7, type: Type.MESSAGE, message: 'SessionLog' },
  ],
  SessionLog: [{ name: 'status', number: 1, type: Type.INT32 }],
  Summary: [{ name: 'value', number: 1, type: Type.MESSAGE, message: 'SummaryValue', repeated: true }],
  SummaryValue: [
    { name: 'tag', number: 1, type: Type.STRING },
    { name: 'simple_value', number: 2, type: Type.FLOAT },
    { name: 'tensor', number: 8, type: Type.MESSAGE, message: 'TensorProto' },
    { name: 'metadata', number: 9, type: Type.MESSAGE, message: 'SummaryMetadata' },
  ],
  SummaryMetadata: [
    { name: 'plugin_data', number: 1, type: Type.MESSAGE, message: 'PluginData' },
    { name: 'data_class', number: 4, type: Type.INT32 },
  ],
  PluginData: [{ name: 'plugin_name', number: 1, type: Type.STRING }],
  TensorProto: [
    { name: 'dtype', number: 1, type: Type.INT32 },
    { name: 'tensor_shape', number: 2, type: Type.MESSAGE, message: 'TensorShapeProto' },
    { name: 'string_val', number: 8, type: Type.BYTES, repeated: true },
  ],
  TensorShapeProto: [{ name: 'dim', number: 2, type: Type.MESSAGE, message: 'Dim', repeated: true }],
  Dim: [{ name: 'size', number: 1, type: Type.INT64 }],
};

const packageName = 'tensorboard';
const registry = createFileRegistry(
  create(FileDescriptorSetSchema, {
    file: [
      {
        name: 'event.proto',
        package: packageName,
        // proto2 keeps apart a value that is 0 and one that is not there; a scalar of 0 must be written.
        syntax: 'proto2',
        messageType: Object.entries(messages).map(([name, fields]) => ({
          name,
          field: fields.map((field) => ({
            name: field.name,
            jsonName: field.name,
            number: field.number,
            type: field.type,
            label: field.repeated === true ? Label.REPEATED : Label.OPTIONAL,
            ...(field.message !== undefined && { typeName: `.${packageName}.${field.message}` }),
          })),
        })),
      },
    ],
  }),
);

/** A value of a summary: a scalar, or a text for the text dashboard. */
export type SummaryValue =
  | { readonly tag: string; readonly scalar: number }
  | { readonly tag: string; readonly text: string };

/** What one record of an event file says. */
export type TensorboardEvent = { readonly wallTime: number } & (
  | { readonly kind: 'version' }
  /** Steps from this one on are about to be written again: readers forget what they have of them. */
  | { readonly kind: 'restart'; readonly step: number }
  | { readonly kind: 'summary'; readonly step: number; readonly values: readonly SummaryValue[] }
);

// TensorFlow's constants.
const fileVersion = 'brain.Event:2';
const sessionStart = 1;
const stringType = 7;
const tensorClass = 2;

/** The bytes of an event. `wallTime` in seconds since the epoch. */
export function encodeEvent(event: TensorboardEvent): Uint8Array {
  const { wallTime } = event;
  switch (event.kind) {
    case 'version':
      return encode({ wallTime, fileVersion });
    case 'restart':
      return encode({ wallTime, step: BigInt(event.step), sessionLog: { status: sessionStart } });
    case 'summary':
      return encode({ wallTime, step: BigInt(event.step), summary: { value: event.values.map(summaryValue) } });
  }
}

function summaryValue(value: SummaryValue): Record<string, unknown> {
  if ('scalar' in value) return { tag: value.tag, simpleValue: value.scalar };
  return {
    tag: value.tag,
    tensor: { dtype: stringType, tensorShape: { dim: [{ size: 1n }] }, stringVal: [Buffer.from(value.text, 'utf8')] },
    metadata: { pluginData: { pluginName: 'text' }, dataClass: tensorClass },
  };
}

function encode(fields: Record<string, unknown>): Uint8Array {
  const schema: DescMessage | undefined = registry.getMessage(`${packageName}.Event`);
  if (schema === undefined) throw new TypeError('no descriptor of tensorboard.Event');
  return toBinary(schema, create(schema, fields));
}
