import { describe, expect, it } from 'vitest';
import { completeAttributes, decodeAttributes, plainAttributes } from './operation-attributes.ts';
import type { OperationAttributes, TracedValue } from './operation-rule.ts';
import { operationRules } from './operation-rules.ts';
import { refusedOperations } from './refused-operations.ts';

const value = (shape: number[], dtype: TracedValue['dtype'] = 'float32'): TracedValue => ({ shape, dtype });

/** A constant vector of whole numbers, or a number. */
const constant = (numbers: number | number[]): TracedValue => ({
  shape: typeof numbers === 'number' ? [] : [numbers.length],
  dtype: 'int32',
  constant: Int32Array.from([numbers].flat()),
});

function infer(operation: string, inputs: TracedValue[], attributes: OperationAttributes = {}): unknown {
  return operationRules[operation]?.infer(inputs, attributes).map(({ shape, dtype }) => [dtype, ...shape]);
}

describe('operationRules', () => {
  it.each<[string, TracedValue[], OperationAttributes, unknown]>([
    ['AddV2', [value([2, 1, 3]), value([4, 1])], {}, [['float32', 2, 4, 3]]],
    ['AddV2', [value([0, 3]), value([1])], {}, [['float32', 0, 3]]],
    ['Less', [value([]), value([2])], {}, [['bool', 2]]],
    ['SelectV2', [value([2, 1], 'bool'), value([3]), value([])], {}, [['float32', 2, 3]]],
    ['Cast', [value([2])], { DstT: 14 }, [['float32', 2]]],
    ['Cast', [value([2])], { DstT: 9 }, [['int32', 2]]],
    ['Sum', [value([2, 3, 4]), constant([0, -1])], {}, [['float32', 3]]],
    ['Sum', [value([2, 3]), constant([])], {}, [['float32', 2, 3]]],
    ['Mean', [value([2, 3]), constant(1)], { keep_dims: true }, [['float32', 2, 1]]],
    ['ArgMax', [value([2, 3]), constant(-1)], {}, [['int32', 2]]],
    ['Reshape', [value([2, 3, 4]), constant([-1, 6])], {}, [['float32', 4, 6]]],
    ['Reshape', [value([0, 3]), constant([-1, 3])], {}, [['float32', 0, 3]]],
    ['Squeeze', [value([1, 2, 1])], {}, [['float32', 2]]],
    ['Squeeze', [value([1, 2, 1])], { squeeze_dims: [-1] }, [['float32', 1, 2]]],
    [
      'Split',
      [constant(1), value([2, 6])],
      { num_split: 2 },
      [
        ['float32', 2, 3],
        ['float32', 2, 3],
      ],
    ],
    [
      'SplitV',
      [value([5]), constant([2, -1]), constant(0)],
      { num_split: 2 },
      [
        ['float32', 2],
        ['float32', 3],
      ],
    ],
    ['Slice', [value([4, 5]), value([2], 'int32'), constant([1, 5])], {}, [['float32', 1, 5]]],
    ['SpaceToDepth', [value([1, 6, 3, 2])], { block_size: 3 }, [['float32', 1, 2, 1, 18]]],
    ['DepthToSpace', [value([1, 18, 2, 1])], { block_size: 3, data_format: 'NCHW' }, [['float32', 1, 2, 6, 3]]],
    ['MatMul', [value([3, 2]), value([4, 3])], { transpose_a: true, transpose_b: true }, [['float32', 2, 4]]],
    ['BatchMatMulV2', [value([5, 1, 2, 3]), value([4, 3, 6])], {}, [['float32', 5, 4, 2, 6]]],
    ['BatchMatMulV3', [value([2, 3]), value([3, 4])], { Tout: 3 }, [['int32', 2, 4]]],
    ['Einsum', [value([7, 2, 3]), value([3, 5])], { equation: '...ij,jk->...ik' }, [['float32', 7, 2, 5]]],
    ['GatherV2', [value([2, 5, 3]), value([2, 4], 'int32'), constant(1)], { batch_dims: 1 }, [['float32', 2, 4, 3]]],
    ['GatherNd', [value([2, 3, 4]), value([5, 2], 'int32')], {}, [['float32', 5, 4]]],
    ['UnsortedSegmentSum', [value([4, 3]), value([4], 'int32'), constant(9)], {}, [['float32', 9, 3]]],
    ['ScatterNd', [value([2, 1], 'int32'), value([2, 3]), constant([4, 3])], {}, [['float32', 4, 3]]],
    ['TensorScatterUpdate', [value([4, 3]), value([2, 1], 'int32'), value([2, 3])], {}, [['float32', 4, 3]]],
    ['XlaDynamicUpdateSlice', [value([4, 3]), value([1, 3]), value([2], 'int32')], {}, [['float32', 4, 3]]],
    ['InplaceUpdate', [value([4, 3]), value([1], 'int32'), value([1, 3])], {}, [['float32', 4, 3]]],
    ['OneHot', [value([2, 3], 'int32'), constant(5), value([]), value([])], { axis: 0 }, [['float32', 5, 2, 3]]],
    [
      'TopKV2',
      [value([2, 7]), constant(3)],
      {},
      [
        ['float32', 2, 3],
        ['int32', 2, 3],
      ],
    ],
    ['Range', [constant(5), constant(0), constant(-2)], {}, [['int32', 3]]],
    ['Range', [constant(0), constant(5), constant(-2)], {}, [['int32', 0]]],
    ['Fill', [constant([2, 3]), value([], 'bool')], {}, [['bool', 2, 3]]],
    ['Empty', [constant([2])], { dtype: 1 }, [['float32', 2]]],
    ['Const', [], { dtype: 10, shape: [2] }, [['bool', 2]]],
    ['Shape', [value([2, 3])], {}, [['int32', 2]]],
    ['BroadcastArgs', [value([2], 'int32'), value([1], 'int32')], {}, [['int32', 2]]],
    ['StatelessRandomUniform', [constant([2, 3]), value([2], 'int32')], {}, [['float32', 2, 3]]],
    [
      'SparseSoftmaxCrossEntropyWithLogits',
      [value([2, 9]), value([2], 'int32')],
      {},
      [
        ['float32', 2],
        ['float32', 2, 9],
      ],
    ],
  ])('%s', (...[operation, inputs, attributes, expected]) => {
    expect(infer(operation, inputs, attributes)).toEqual(expected);
  });

  it('counts the places of a window', () => {
    const conv = (padding: string, extra: OperationAttributes = {}): unknown =>
      infer('Conv2D', [value([1, 5, 6, 3]), value([3, 2, 3, 8])], { padding, strides: [1, 2, 2, 1], ...extra });
    expect(conv('SAME')).toEqual([['float32', 1, 3, 3, 8]]);
    expect(conv('VALID')).toEqual([['float32', 1, 2, 3, 8]]);
    expect(conv('VALID', { dilations: [1, 2, 3, 1] })).toEqual([['float32', 1, 1, 2, 8]]);
    // (5 + 2 + 1 - 3) / 2 + 1 and (6 + 0 + 0 - 2) / 2 + 1
    expect(conv('EXPLICIT', { explicit_paddings: [0, 0, 2, 1, 0, 0, 0, 0] })).toEqual([['float32', 1, 3, 3, 8]]);
    const first = { data_format: 'NCHW', padding: 'VALID', strides: [1, 1, 1, 2], ksize: [1, 1, 2, 2] };
    expect(infer('MaxPool', [value([1, 3, 5, 6])], first)).toEqual([['float32', 1, 3, 4, 3]]);
  });

  it('says which input must be a constant', () => {
    expect(() => infer('Reshape', [value([2, 3]), value([1], 'int32')])).toThrow(
      'input "shape" of Reshape must be a constant',
    );
    expect(() => infer('ConcatV2', [value([2]), value([3]), value([], 'int32')])).toThrow('input "axis" of ConcatV2');
    const whole = [value([4]), value([1], 'int32'), constant([-1])];
    expect(() => infer('Slice', whole)).toThrow('input "begin" of Slice');
  });

  it('refuses what does not fit', () => {
    expect(() => infer('AddV2', [value([2]), value([3])])).toThrow('broadcast');
    expect(() => infer('MatMul', [value([2, 3]), value([2, 3])])).toThrow('[2, 3] and [2, 3] cannot be multiplied');
    expect(() => infer('Reshape', [value([2, 3]), constant([4, -1])])).toThrow(
      '[2, 3] cannot be given the shape [4, -1]',
    );
    expect(() => infer('ConcatV2', [value([2, 1]), value([3, 2]), constant(0)])).toThrow('[2, 1], [3, 2]');
    expect(() => infer('Sum', [value([2]), constant(1)])).toThrow('no axis 1');
    expect(() => infer('Einsum', [value([2, 3]), value([4])], { equation: 'ij,j->i' })).toThrow('index j');
    expect(() => infer('Cast', [value([2])])).toThrow('Cast lacks its attribute DstT');
    expect(() => infer('Cast', [value([2])], { DstT: 2 })).toThrow('type 2');
    expect(() => infer('Neg', [])).toThrow('Neg lacks its input "x"');
  });

  it('has each operation either as a rule or as refused', () => {
    expect(Object.keys(refusedOperations).filter((name) => Object.hasOwn(operationRules, name))).toEqual([]);
  });
});

describe('attributes', () => {
  const given = [
    { name: 'T', type: 4, value: 3 },
    { name: 'keep_dims', type: 3, value: true },
    { name: 'strides', type: 1, value: [1, 2] },
    { name: 'alpha', type: 2, value: 0.5 },
    { name: 'padding', type: 0, value: 'SAME' },
    { name: 'shape', type: 5, value: [2, 3] },
    { name: 'seed', type: 1, value: undefined },
  ];

  it('are read as the kernels give them', () => {
    const decoded = decodeAttributes(given);
    expect(decoded).toEqual({
      T: { kind: 'type', value: 3 },
      keep_dims: { kind: 'bool', value: true },
      strides: { kind: 'ints', value: [1, 2] },
      alpha: { kind: 'float', value: 0.5 },
      padding: { kind: 'string', value: 'SAME' },
      shape: { kind: 'shape', value: [2, 3] },
    });
    expect(plainAttributes(decoded)).toMatchObject({ T: 3, strides: [1, 2], padding: 'SAME' });
    expect(() => decodeAttributes([{ name: 'f', type: 8, value: 'g' }])).toThrow('attribute f');
  });

  it('are completed by what the inputs say, whatever the kernel said', () => {
    const concat = operationRules['ConcatV2'] as NonNullable<(typeof operationRules)[string]>;
    expect(completeAttributes(concat, [14, 14, 14, 3], decodeAttributes(given))).toMatchObject({
      N: { kind: 'int', value: 3 },
      T: { kind: 'type', value: 14 },
      Tidx: { kind: 'type', value: 3 },
      alpha: { kind: 'float', value: 0.5 },
    });
    const logicalAnd = operationRules['LogicalAnd'] as NonNullable<(typeof operationRules)[string]>;
    expect(completeAttributes(logicalAnd, [10, 10], {})).toEqual({});
  });
});
