import { Complex } from 'complex.js';

/** Determinant of a square matrix, by elimination with the largest pivot; not a number for other shapes. */
export function determinant(matrix: readonly (readonly Complex[])[]): Complex {
  const size = matrix.length;
  if (matrix.some((row) => row.length !== size)) return new Complex(Number.NaN, Number.NaN);
  const rows = matrix.map((row) => [...row]);
  let result = new Complex(1, 0);
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (rows[row]![column]!.abs() > rows[pivot]![column]!.abs()) pivot = row;
    }
    const value = rows[pivot]![column]!;
    if (value.isZero() || value.isNaN()) return value;
    if (pivot !== column) {
      [rows[pivot], rows[column]] = [rows[column]!, rows[pivot]!];
      result = result.neg();
    }
    result = result.mul(value);
    for (let row = column + 1; row < size; row++) {
      const factor = rows[row]![column]!.div(value);
      for (let index = column; index < size; index++) {
        rows[row]![index] = rows[row]![index]!.sub(factor.mul(rows[column]![index]));
      }
    }
  }
  return result;
}
