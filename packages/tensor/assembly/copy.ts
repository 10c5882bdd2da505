// Moving 32-bit elements between layouts: slices, transposes, concatenations, paddings and repetitions are all one
// copy over up to four dimensions, each with a stride on either side. Strides are in elements.

/** `to[i·t] = from[i·s]` for every index `i` below `[d0, d1, d2, d3]`. A source stride of 0 repeats. */
export function stridedCopy(
  d0: i32, d1: i32, d2: i32, d3: i32,
  from: usize, s0: i32, s1: i32, s2: i32, s3: i32,
  to: usize, t0: i32, t1: i32, t2: i32, t3: i32,
): void {
  for (let i = 0; i < d0; i++) {
    for (let j = 0; j < d1; j++) {
      let source = from + (<usize>(i * s0 + j * s1) << 2);
      let target = to + (<usize>(i * t0 + j * t1) << 2);
      for (let k = 0; k < d2; k++) {
        if (s3 == 1 && t3 == 1) copyRow(d3, source, target);
        else copyElements(d3, source, s3, target, t3);
        source += <usize>s2 << 2;
        target += <usize>t2 << 2;
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function copyRow(length: i32, from: usize, to: usize): void {
  let left = length;
  for (; left >= 4; left -= 4) {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
  }
  for (; left > 0; left--) {
    store<u32>(to, load<u32>(from));
    from += 4;
    to += 4;
  }
}

function copyElements(length: i32, from: usize, fromStride: i32, to: usize, toStride: i32): void {
  const fromStep = <usize>fromStride << 2;
  const toStep = <usize>toStride << 2;
  for (let i = 0; i < length; i++) {
    store<u32>(to, load<u32>(from));
    from += fromStep;
    to += toStep;
  }
}

/** Sets `length` elements to the same 32 bits. */
export function fill(to: usize, length: i32, bits: u32): void {
  const four = i32x4.splat(bits);
  let left = length;
  for (; left >= 4; left -= 4) {
    v128.store(to, four);
    to += 16;
  }
  for (; left > 0; left--) {
    store<u32>(to, bits);
    to += 4;
  }
}

/**
 * `to[b, i] = from[b, indices[b, i]]` for rows of `rowSize` elements, `count` of them from each of `batch` tables of
 * `rows`. Returns -1, or the place of the first index outside `[0, rows)`, at which it stops.
 */
export function gatherRows(batch: i32, from: usize, rows: i32, rowSize: i32, indices: usize, count: i32, to: usize): i32 {
  const rowBytes = <usize>rowSize << 2;
  for (let b = 0; b < batch; b++) {
    for (let i = 0; i < count; i++) {
      const index = load<i32>(indices);
      if (<u32>index >= <u32>rows) return b * count + i;
      copyRow(rowSize, from + <usize>index * rowBytes, to);
      indices += 4;
      to += rowBytes;
    }
    from += <usize>rows * rowBytes;
  }
  return -1;
}

/** Adds row `i` of `from` to row `segments[i]` of `to`; ids outside `[0, rows)` are dropped. */
export function addRows(from: usize, rowSize: i32, segments: usize, count: i32, to: usize, rows: i32): void {
  for (let i = 0; i < count; i++) {
    const segment = load<i32>(segments + (<usize>i << 2));
    if (<u32>segment < <u32>rows) addRow(rowSize, from, to + (<usize>(segment * rowSize) << 2));
    from += <usize>rowSize << 2;
  }
}

/** Adds `length` floats of `from` to those of `to`. */
// @ts-ignore: decorator
@inline
export function addRow(length: i32, from: usize, to: usize): void {
  let left = length;
  for (; left >= 4; left -= 4) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    from += 16;
    to += 16;
  }
  for (; left > 0; left--) {
    store<f32>(to, load<f32>(to) + load<f32>(from));
    from += 4;
    to += 4;
  }
}
