import protobuf from 'protobufjs/light.js';

/** Messages of TensorFlow as protobufjs takes them: what is not given has its default. */
export interface NodeDef {
  readonly name: string;
  readonly op: string;
  /** `node`, `node:1` or `^node` in a graph; `node:z:0` or an argument's name in a function. */
  readonly input: readonly string[];
  readonly device?: string;
  readonly attr: Readonly<Record<string, AttrValue>>;
}

/** The value of an attribute: one of its fields. `type` is a number of `DataType`. */
export interface AttrValue {
  readonly s?: Uint8Array;
  readonly i?: number;
  readonly f?: number;
  readonly b?: boolean;
  readonly type?: number;
  readonly shape?: ShapeProto;
  readonly tensor?: TensorProto;
  readonly func?: { readonly name: string };
  readonly list?: {
    readonly s?: readonly Uint8Array[];
    readonly i?: readonly number[];
    readonly f?: readonly number[];
    readonly b?: readonly boolean[];
    readonly type?: readonly number[];
    readonly shape?: readonly ShapeProto[];
  };
}

/** Sizes of all dimensions. */
export interface ShapeProto {
  readonly dim: readonly { readonly size: number }[];
}

/** A constant: its numbers row by row, as they lie in memory. */
export interface TensorProto {
  readonly dtype: number;
  readonly tensorShape: ShapeProto;
  readonly tensorContent: Uint8Array;
}

/** An argument of a function. */
export interface ArgDef {
  readonly name: string;
  readonly type: number;
}

/** A function of a graph's library. */
export interface FunctionDef {
  readonly signature: {
    readonly name: string;
    readonly inputArg: readonly ArgDef[];
    readonly outputArg: readonly ArgDef[];
    readonly controlOutput: readonly string[];
    readonly isStateful: boolean;
  };
  readonly attr: Readonly<Record<string, AttrValue>>;
  readonly nodeDef: readonly NodeDef[];
  /** Which value each output argument has. */
  readonly ret: Readonly<Record<string, string>>;
  /** Which node each control output is. */
  readonly controlRet: Readonly<Record<string, string>>;
}

/** A graph and its functions. */
export interface GraphDef {
  readonly node: readonly NodeDef[];
  readonly library: { readonly function: readonly FunctionDef[] };
  readonly versions: { readonly producer: number; readonly minConsumer: number };
}

type Fields = Readonly<Record<string, readonly [type: string, id: number]>>;

// Lists and maps are marked in the name of the type: `NodeDef[]`, `AttrValue{}`.
const message = (fields: Fields) => ({
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, [type, id]]) => {
      if (type.endsWith('[]')) return [name, { rule: 'repeated', type: type.slice(0, -2), id }];
      if (type.endsWith('{}')) return [name, { keyType: 'string', type: type.slice(0, -2), id }];
      return [name, { type, id }];
    }),
  ),
});

// From the definitions in tensorflow/core/framework and tensorflow/core/protobuf: the fields that are written here.
const root = protobuf.Root.fromJSON({
  nested: {
    GraphDef: message({ node: ['NodeDef[]', 1], library: ['FunctionDefLibrary', 2], versions: ['VersionDef', 4] }),
    VersionDef: message({ producer: ['int32', 1], minConsumer: ['int32', 2] }),
    NodeDef: message({
      name: ['string', 1],
      op: ['string', 2],
      input: ['string[]', 3],
      device: ['string', 4],
      attr: ['AttrValue{}', 5],
    }),
    AttrValue: {
      ...message({
        list: ['ListValue', 1],
        s: ['bytes', 2],
        i: ['int64', 3],
        f: ['float', 4],
        b: ['bool', 5],
        type: ['int32', 6],
        shape: ['TensorShapeProto', 7],
        tensor: ['TensorProto', 8],
        func: ['NameAttrList', 10],
      }),
      // Written even where they are 0 or false: one of them is the value.
      oneofs: { value: { oneof: ['list', 's', 'i', 'f', 'b', 'type', 'shape', 'tensor', 'func'] } },
    },
    ListValue: message({
      s: ['bytes[]', 2],
      i: ['int64[]', 3],
      f: ['float[]', 4],
      b: ['bool[]', 5],
      type: ['int32[]', 6],
      shape: ['TensorShapeProto[]', 7],
    }),
    TensorShapeProto: message({ dim: ['Dim[]', 2] }),
    Dim: message({ size: ['int64', 1] }),
    TensorProto: message({
      dtype: ['int32', 1],
      tensorShape: ['TensorShapeProto', 2],
      tensorContent: ['bytes', 4],
    }),
    NameAttrList: message({ name: ['string', 1], attr: ['AttrValue{}', 2] }),
    FunctionDefLibrary: message({ function: ['FunctionDef[]', 1] }),
    FunctionDef: message({
      signature: ['OpDef', 1],
      attr: ['AttrValue{}', 5],
      nodeDef: ['NodeDef[]', 3],
      ret: ['string{}', 4],
      controlRet: ['string{}', 6],
    }),
    OpDef: message({
      name: ['string', 1],
      inputArg: ['ArgDef[]', 2],
      outputArg: ['ArgDef[]', 3],
      isStateful: ['bool', 17],
      controlOutput: ['string[]', 20],
    }),
    ArgDef: message({ name: ['string', 1], type: ['int32', 3] }),
    SavedModel: message({ schemaVersion: ['int64', 1], metaGraphs: ['MetaGraphDef[]', 2] }),
    MetaGraphDef: message({ metaInfoDef: ['MetaInfoDef', 1], graphDef: ['bytes', 2] }),
    MetaInfoDef: message({ tags: ['string[]', 4] }),
  },
});

/** A graph in TensorFlow's own encoding. */
export function encodeGraph(graph: GraphDef): Uint8Array {
  return encode('GraphDef', graph);
}

/** Encoded graphs, joined, as the file `saved_model.pb`, to be loaded with `tag`. */
export function encodeSavedModel(graphs: readonly Uint8Array[], tag: string): Uint8Array {
  // Messages one after the other are one message with the lists of all.
  const graphDef = Buffer.concat(graphs);
  return encode('SavedModel', { schemaVersion: 1, metaGraphs: [{ metaInfoDef: { tags: [tag] }, graphDef }] });
}

function encode(type: string, value: object): Uint8Array {
  return root.lookupType(type).encode(value).finish();
}
