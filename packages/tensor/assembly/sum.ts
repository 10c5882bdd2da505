import { addRow } from './copy';

/** Floats added in single precision before the partial sum goes into double precision. */
const BLOCK: i32 = 4096;

/**
 * `to[o, i] = scale · Σ_r from[o, r, i]` with from `[outer, reduced, inner]`.
 */
export function sum(outer: i32, reduced: i32, inner: i32, from: usize, to: usize, scale: f32): void {
  if (inner == 1) {
    for (let o = 0; o < outer; o++) {
      store<f32>(to, <f32>(sumRow(reduced, from) * <f64>scale));
      from += <usize>reduced << 2;
      to += 4;
    }
    return;
  }
  const rowBytes = <usize>inner << 2;
  for (let o = 0; o < outer; o++) {
    memory.fill(to, 0, rowBytes);
    for (let r = 0; r < reduced; r++) {
      addRow(inner, from, to);
      from += rowBytes;
    }
    if (scale != 1) {
      for (let i = 0; i < inner; i++) {
        const at = to + (<usize>i << 2);
        store<f32>(at, load<f32>(at) * scale);
      }
    }
    to += rowBytes;
  }
}

/** `Σ x²` over `length` floats. */
export function sumOfSquares(length: i32, from: usize): f64 {
  let total: f64 = 0;
  while (length > 0) {
    const block = min(length, BLOCK);
    let s0 = f32x4.splat(0), s1 = s0;
    let left = block;
    for (; left >= 8; left -= 8) {
      const x0 = v128.load(from);
      const x1 = v128.load(from, 16);
      s0 = f32x4.add(s0, f32x4.mul(x0, x0));
      s1 = f32x4.add(s1, f32x4.mul(x1, x1));
      from += 32;
    }
    total += lanes(f32x4.add(s0, s1));
    for (; left > 0; left--) {
      const x = load<f32>(from);
      total += <f64>x * <f64>x;
      from += 4;
    }
    length -= block;
  }
  return total;
}

function sumRow(length: i32, from: usize): f64 {
  let total: f64 = 0;
  while (length > 0) {
    const block = min(length, BLOCK);
    let s0 = f32x4.splat(0), s1 = s0;
    let left = block;
    for (; left >= 8; left -= 8) {
      s0 = f32x4.add(s0, v128.load(from));
      s1 = f32x4.add(s1, v128.load(from, 16));
      from += 32;
    }
    total += lanes(f32x4.add(s0, s1));
    for (; left > 0; left--) {
      total += <f64>load<f32>(from);
      from += 4;
    }
    length -= block;
  }
  return total;
}

// @ts-ignore: decorator
@inline
function lanes(v: v128): f64 {
  return (<f64>f32x4.extract_lane(v, 0) + <f64>f32x4.extract_lane(v, 1)) +
    (<f64>f32x4.extract_lane(v, 2) + <f64>f32x4.extract_lane(v, 3));
}
