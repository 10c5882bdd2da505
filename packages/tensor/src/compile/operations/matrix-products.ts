import { defineAlike, type OperationCall, type OperationDefinitions, type Shape } from './define-operation.ts';
import { broadcast } from './shape-arithmetic.ts';

/** Operations that multiply and sum over shared axes. */
export const matrixProducts: OperationDefinitions = {
  MatMul: {
    signature: 'a: T, b: T -> product: T',
    shapes: ({ shape, flag }) => [product(shape(0), shape(1), [flag('transpose_a'), flag('transpose_b')])],
  },
  ...defineAlike('BatchMatMul BatchMatMulV2', 'x: T, y: T -> output: T', batchProduct),
  BatchMatMulV3: { signature: 'x: Ta, y: Tb -> output: Tout', shapes: batchProduct },
  Einsum: {
    signature: 'inputs: N*T -> output: T',
    shapes: ({ shapes, text }) => [einsum(text('equation'), shapes)],
  },
};

function batchProduct({ shape, flag }: OperationCall): readonly Shape[] {
  const [x, y] = [shape(0), shape(1)];
  const matrix = product(x.slice(-2), y.slice(-2), [flag('adj_x'), flag('adj_y')]);
  return [[...broadcast(x.slice(0, -2), y.slice(0, -2)), ...matrix]];
}

function product(a: Shape, b: Shape, [transposeA, transposeB]: readonly [boolean, boolean]): Shape {
  const [rows, inner] = transposeA ? [a[1], a[0]] : a;
  const [otherInner, columns] = transposeB ? [b[1], b[0]] : b;
  if (rows === undefined || columns === undefined || inner !== otherInner) {
    const said = [a, b].map((shape, i) => `[${shape.join(', ')}]${[transposeA, transposeB][i] ? ' transposed' : ''}`);
    throw new Error(`matrices of shapes ${said.join(' and ')} cannot be multiplied`);
  }
  return [rows, columns];
}

/** The shape of a sum over indices (`...ij,...jk->...ik`); axes under dots are broadcast. */
function einsum(equation: string, shapes: readonly Shape[]): Shape {
  const [left = '', right = ''] = equation.replaceAll(' ', '').split('->');
  const lengths = new Map<string, number>();
  let dotted: Shape = [];
  for (const [i, indices] of left.split(',').entries()) {
    const shape = shapes[i] ?? [];
    const [before = '', after] = indices.split('...');
    const afterDots = after === undefined ? shape.length : shape.length - after.length;
    if (after !== undefined) dotted = broadcast(dotted, shape.slice(before.length, afterDots));
    for (const [place, index] of [...before].entries()) setLength(lengths, index, shape[place]);
    for (const [place, index] of [...(after ?? '')].entries()) setLength(lengths, index, shape[afterDots + place]);
  }
  const lengthsOf = (indices: string): number[] => [...indices].map((index) => lengths.get(index) as number);
  const [before = '', after] = right.split('...');
  return [...lengthsOf(before), ...(after === undefined ? [] : [...dotted, ...lengthsOf(after)])];
}

function setLength(lengths: Map<string, number>, index: string, length: number | undefined): void {
  const known = lengths.get(index);
  if (length === undefined || (known !== undefined && known !== length)) {
    throw new Error(`index ${index} of the sum stands for ${known ?? 'no axis'} and for ${length ?? 'no axis'}`);
  }
  lengths.set(index, length);
}
