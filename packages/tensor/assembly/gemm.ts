// Dense matrix product on tfjs's heap. Addresses are bytes, strides are floats.
//
// Four variants by which operand is transposed, none of which copies a whole operand:
//   rows of A and columns of B contiguous along k (the linear layer of Hugging Face, x·Wᵀ): dot products;
//   otherwise: 4×8 tiles of C held in registers, B packed into panels of 8 columns, A packed into panels of 4 rows
//   where it is transposed.
// Every element of C is summed in an order that depends on the shape alone, so results repeat byte for byte.

/** Rows of a tile of C. */
const TILE_ROWS: i32 = 4;
/** Columns of a tile of C: two vectors. */
const TILE_COLUMNS: i32 = 8;
/** Depth of a block: a panel of B, 256 × 8 floats, stays in the first-level cache. */
const BLOCK_DEPTH: i32 = 256;
/** Rows of A packed at a time. */
const BLOCK_ROWS: i32 = 128;
/** Columns of B packed at a time. */
const BLOCK_COLUMNS: i32 = 512;
/** Depth of a block of the dot products: four rows of A and two of B stay in the first-level cache. */
const DOT_DEPTH: i32 = 1024;
/** Columns of the dot products done for all rows before the next: with `DOT_DEPTH`, they fit the second-level cache. */
const DOT_COLUMNS: i32 = 64;

/** Bytes of scratch memory that `gemm` needs. */
export function gemmScratchBytes(): i32 {
  return (BLOCK_DEPTH * BLOCK_COLUMNS + BLOCK_ROWS * BLOCK_DEPTH + TILE_ROWS * TILE_COLUMNS) * 4;
}

/**
 * `batch` times C = op(A) · op(B), with op(A) `[m, k]`, op(B) `[k, n]`, C `[m, n]` contiguous. The strides between
 * batches are in floats; 0 repeats an operand.
 */
export function gemm(
  batch: i32, m: i32, n: i32, k: i32,
  a: usize, aBatchStride: i32, transposeA: bool,
  b: usize, bBatchStride: i32, transposeB: bool,
  c: usize, scratch: usize,
): void {
  for (let i = 0; i < batch; i++) {
    gemmBlock(0, m, 0, n, m, n, k, a, transposeA, b, transposeB, c, scratch);
    a += <usize>aBatchStride << 2;
    b += <usize>bBatchStride << 2;
    c += <usize>(m * n) << 2;
  }
}

/** Rows `[row, rowEnd)` and columns `[column, columnEnd)` of one product; the values are those of the whole product. */
export function gemmBlock(
  row: i32, rowEnd: i32, column: i32, columnEnd: i32, m: i32, n: i32, k: i32,
  a: usize, transposeA: bool, b: usize, transposeB: bool, c: usize, scratch: usize,
): void {
  const rows = rowEnd - row;
  const columns = columnEnd - column;
  c += <usize>(row * n + column) << 2;
  a += <usize>(transposeA ? row : row * k) << 2;
  b += <usize>(transposeB ? column * k : column) << 2;
  if (k == 0) {
    for (let i = 0; i < rows; i++) memory.fill(c + (<usize>(i * n) << 2), 0, <usize>columns << 2);
  } else if (m == 1 && !transposeA) {
    if (transposeB) rowTimesTransposed(columns, k, a, b, c);
    else rowTimesMatrix(columns, k, a, b, n, c);
  } else if (!transposeA && transposeB) {
    dotProducts(rows, columns, k, a, b, c, n);
  } else {
    tiles(rows, columns, k, a, transposeA, transposeA ? m : k, b, transposeB, transposeB ? k : n, c, n, scratch);
  }
}

/** C = A · Bᵀ with A `[m, k]`, B `[n, k]`, `cStride` floats between the rows of C. */
function dotProducts(m: i32, n: i32, k: i32, a: usize, b: usize, c: usize, cStride: i32): void {
  const stride = <usize>k << 2;
  for (let depth = 0; depth < k; depth += DOT_DEPTH) {
    const length = min(DOT_DEPTH, k - depth);
    const offset = <usize>depth << 2;
    for (let column = 0; column < n; column += DOT_COLUMNS) {
      const columnEnd = min(n, column + DOT_COLUMNS);
      for (let row = 0; row < m; row += 4) {
        const rows = min(4, m - row);
        const a0 = a + <usize>row * stride + offset;
        for (let j = column; j < columnEnd; j += 2) {
          const columns = min(2, columnEnd - j);
          const b0 = b + <usize>j * stride + offset;
          dotTile(length, a0, rows, b0, columns, stride, c + (<usize>(row * cStride + j) << 2), <usize>cStride << 2, depth != 0);
        }
      }
    }
  }
}

/** c = a · Bᵀ for one row a, B `[n, k]`: four dot products at a time. One query against its keys is this. */
function rowTimesTransposed(n: i32, k: i32, a: usize, b: usize, c: usize): void {
  const stride = <usize>k << 2;
  const vectorEnd: usize = <usize>(k & ~3) << 2;
  for (let j = 0; j < n; j += 4) {
    const columns = min(4, n - j);
    const b0 = b + <usize>j * stride;
    const b1 = columns > 1 ? b0 + stride : b0;
    const b2 = columns > 2 ? b1 + stride : b1;
    const b3 = columns > 3 ? b2 + stride : b2;
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    let p: usize = 0;
    for (; p < vectorEnd; p += 16) {
      const x = v128.load(a + p);
      s0 = f32x4.add(s0, f32x4.mul(x, v128.load(b0 + p)));
      s1 = f32x4.add(s1, f32x4.mul(x, v128.load(b1 + p)));
      s2 = f32x4.add(s2, f32x4.mul(x, v128.load(b2 + p)));
      s3 = f32x4.add(s3, f32x4.mul(x, v128.load(b3 + p)));
    }
    let t0: f32 = 0, t1: f32 = 0, t2: f32 = 0, t3: f32 = 0;
    for (; p < stride; p += 4) {
      const x = load<f32>(a + p);
      t0 += x * load<f32>(b0 + p);
      t1 += x * load<f32>(b1 + p);
      t2 += x * load<f32>(b2 + p);
      t3 += x * load<f32>(b3 + p);
    }
    const to = c + (<usize>j << 2);
    store<f32>(to, sum(s0) + t0);
    if (columns > 1) store<f32>(to, sum(s1) + t1, 4);
    if (columns > 2) store<f32>(to, sum(s2) + t2, 8);
    if (columns > 3) store<f32>(to, sum(s3) + t3, 12);
  }
}

/** c = a · B for one row a, B `[k, n]` with `bStride` floats between rows: rows of B added up, sixteen columns at a time. */
function rowTimesMatrix(n: i32, k: i32, a: usize, b: usize, bStride: i32, c: usize): void {
  const stride = <usize>bStride << 2;
  let j = 0;
  for (; j + 16 <= n; j += 16) {
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    let row = b + (<usize>j << 2);
    for (let p = 0; p < k; p++) {
      const x = v128.load_splat<f32>(a + (<usize>p << 2));
      s0 = f32x4.add(s0, f32x4.mul(x, v128.load(row)));
      s1 = f32x4.add(s1, f32x4.mul(x, v128.load(row, 16)));
      s2 = f32x4.add(s2, f32x4.mul(x, v128.load(row, 32)));
      s3 = f32x4.add(s3, f32x4.mul(x, v128.load(row, 48)));
      row += stride;
    }
    const to = c + (<usize>j << 2);
    v128.store(to, s0);
    v128.store(to, s1, 16);
    v128.store(to, s2, 32);
    v128.store(to, s3, 48);
  }
  for (; j < n; j++) {
    let s: f32 = 0;
    let at = b + (<usize>j << 2);
    for (let p = 0; p < k; p++) {
      s += load<f32>(a + (<usize>p << 2)) * load<f32>(at);
      at += stride;
    }
    store<f32>(c + (<usize>j << 2), s);
  }
}

/** A 4×2 tile of dot products; rows and columns beyond the edge repeat the last one and are not stored. */
function dotTile(
  length: i32, a0: usize, rows: i32, b0: usize, columns: i32, stride: usize,
  c: usize, cStride: usize, accumulate: bool,
): void {
  const a1 = rows > 1 ? a0 + stride : a0;
  const a2 = rows > 2 ? a1 + stride : a1;
  const a3 = rows > 3 ? a2 + stride : a2;
  const b1 = columns > 1 ? b0 + stride : b0;
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  const vectorEnd: usize = <usize>(length & ~3) << 2;
  let p: usize = 0;
  for (; p < vectorEnd; p += 16) {
    const y0 = v128.load(b0 + p);
    const y1 = v128.load(b1 + p);
    let x = v128.load(a0 + p);
    s00 = f32x4.add(s00, f32x4.mul(x, y0));
    s01 = f32x4.add(s01, f32x4.mul(x, y1));
    x = v128.load(a1 + p);
    s10 = f32x4.add(s10, f32x4.mul(x, y0));
    s11 = f32x4.add(s11, f32x4.mul(x, y1));
    x = v128.load(a2 + p);
    s20 = f32x4.add(s20, f32x4.mul(x, y0));
    s21 = f32x4.add(s21, f32x4.mul(x, y1));
    x = v128.load(a3 + p);
    s30 = f32x4.add(s30, f32x4.mul(x, y0));
    s31 = f32x4.add(s31, f32x4.mul(x, y1));
  }
  const end: usize = <usize>length << 2;
  let t00: f32 = 0, t01: f32 = 0, t10: f32 = 0, t11: f32 = 0, t20: f32 = 0, t21: f32 = 0, t30: f32 = 0, t31: f32 = 0;
  for (; p < end; p += 4) {
    const y0 = load<f32>(b0 + p);
    const y1 = load<f32>(b1 + p);
    let x = load<f32>(a0 + p);
    t00 += x * y0;
    t01 += x * y1;
    x = load<f32>(a1 + p);
    t10 += x * y0;
    t11 += x * y1;
    x = load<f32>(a2 + p);
    t20 += x * y0;
    t21 += x * y1;
    x = load<f32>(a3 + p);
    t30 += x * y0;
    t31 += x * y1;
  }
  put(c, sum(s00) + t00, accumulate);
  if (columns > 1) put(c + 4, sum(s01) + t01, accumulate);
  if (rows > 1) {
    c += cStride;
    put(c, sum(s10) + t10, accumulate);
    if (columns > 1) put(c + 4, sum(s11) + t11, accumulate);
  }
  if (rows > 2) {
    c += cStride;
    put(c, sum(s20) + t20, accumulate);
    if (columns > 1) put(c + 4, sum(s21) + t21, accumulate);
  }
  if (rows > 3) {
    c += cStride;
    put(c, sum(s30) + t30, accumulate);
    if (columns > 1) put(c + 4, sum(s31) + t31, accumulate);
  }
}

// @ts-ignore: decorator
@inline
function sum(v: v128): f32 {
  const pairs = f32x4.add(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

// @ts-ignore: decorator
@inline
function put(address: usize, value: f32, accumulate: bool): void {
  store<f32>(address, accumulate ? load<f32>(address) + value : value);
}

/** C = op(A) · op(B) by register tiles; the strides are floats between rows as they are stored. */
function tiles(
  m: i32, n: i32, k: i32, a: usize, transposeA: bool, aStride: i32, b: usize, transposeB: bool, bStride: i32,
  c: usize, cStride: i32, scratch: usize,
): void {
  const packedB = scratch;
  const packedA = packedB + <usize>(BLOCK_DEPTH * BLOCK_COLUMNS) * 4;
  const edge = packedA + <usize>(BLOCK_ROWS * BLOCK_DEPTH) * 4;
  for (let column = 0; column < n; column += BLOCK_COLUMNS) {
    const columns = min(BLOCK_COLUMNS, n - column);
    for (let depth = 0; depth < k; depth += BLOCK_DEPTH) {
      const length = min(BLOCK_DEPTH, k - depth);
      if (transposeB) packColumnsTransposed(length, columns, b + (<usize>(column * bStride + depth) << 2), bStride, packedB);
      else packColumns(length, columns, b + (<usize>(depth * bStride + column) << 2), bStride, packedB);
      for (let row = 0; row < m; row += BLOCK_ROWS) {
        const rows = min(BLOCK_ROWS, m - row);
        if (transposeA) packRows(length, rows, a + (<usize>(depth * aStride + row) << 2), aStride, packedA);
        for (let j = 0; j < columns; j += TILE_COLUMNS) {
          const panelB = packedB + (<usize>(j * length) << 2);
          for (let i = 0; i < rows; i += TILE_ROWS) {
            const target = c + (<usize>((row + i) * cStride + column + j) << 2);
            const tileRows = min(TILE_ROWS, rows - i);
            const tileColumns = min(TILE_COLUMNS, columns - j);
            const whole = tileRows == TILE_ROWS && tileColumns == TILE_COLUMNS;
            const out = whole ? target : edge;
            const outStride: usize = whole ? <usize>cStride << 2 : TILE_COLUMNS << 2;
            const accumulate = whole && depth != 0;
            if (transposeA) {
              tilePacked(length, packedA + (<usize>(i * length) << 2), panelB, out, outStride, accumulate);
            } else {
              const rowA = a + (<usize>((row + i) * aStride + depth) << 2);
              tileRowMajor(length, rowA, <usize>aStride << 2, tileRows, panelB, out, outStride, accumulate);
            }
            if (!whole) storeEdge(edge, target, <usize>cStride << 2, tileRows, tileColumns, depth != 0);
          }
        }
      }
    }
  }
}

/** B `[length, columns]` with `stride` between rows, into panels of 8 columns, zeros beyond the last column. */
function packColumns(length: i32, columns: i32, b: usize, stride: i32, to: usize): void {
  const step = <usize>stride << 2;
  for (let j = 0; j < columns; j += TILE_COLUMNS) {
    let from = b + (<usize>j << 2);
    const width = min(TILE_COLUMNS, columns - j);
    if (width == TILE_COLUMNS) {
      for (let p = 0; p < length; p++) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
        from += step;
        to += 32;
      }
    } else {
      for (let p = 0; p < length; p++) {
        v128.store(to, f32x4.splat(0));
        v128.store(to, f32x4.splat(0), 16);
        for (let q = 0; q < width; q++) store<f32>(to + (<usize>q << 2), load<f32>(from + (<usize>q << 2)));
        from += step;
        to += 32;
      }
    }
  }
}

/** Bᵀ, B `[columns, length]` with `stride` between its rows, into panels of 8 columns. */
function packColumnsTransposed(length: i32, columns: i32, b: usize, stride: i32, to: usize): void {
  for (let j = 0; j < columns; j += TILE_COLUMNS) {
    for (let p = 0; p < length; p++) {
      for (let q = 0; q < TILE_COLUMNS; q++) {
        const value: f32 = j + q < columns ? load<f32>(b + (<usize>((j + q) * stride + p) << 2)) : 0;
        store<f32>(to + (<usize>q << 2), value);
      }
      to += 32;
    }
  }
}

/** Aᵀ, A `[length, rows]` with `stride` between its rows, into panels of 4 rows of Aᵀ, zeros beyond the last one. */
function packRows(length: i32, rows: i32, a: usize, stride: i32, to: usize): void {
  const step = <usize>stride << 2;
  for (let i = 0; i < rows; i += TILE_ROWS) {
    let from = a + (<usize>i << 2);
    const height = min(TILE_ROWS, rows - i);
    for (let p = 0; p < length; p++) {
      if (height == TILE_ROWS) {
        v128.store(to, v128.load(from));
      } else {
        v128.store(to, f32x4.splat(0));
        for (let q = 0; q < height; q++) store<f32>(to + (<usize>q << 2), load<f32>(from + (<usize>q << 2)));
      }
      from += step;
      to += 16;
    }
  }
}

/** A tile from packed A and packed B. */
function tilePacked(length: i32, a: usize, b: usize, c: usize, cStride: usize, accumulate: bool): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  for (let p = 0; p < length; p++) {
    const y0 = v128.load(b);
    const y1 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a);
    s00 = f32x4.add(s00, f32x4.mul(x, y0));
    s01 = f32x4.add(s01, f32x4.mul(x, y1));
    x = v128.load_splat<f32>(a, 4);
    s10 = f32x4.add(s10, f32x4.mul(x, y0));
    s11 = f32x4.add(s11, f32x4.mul(x, y1));
    x = v128.load_splat<f32>(a, 8);
    s20 = f32x4.add(s20, f32x4.mul(x, y0));
    s21 = f32x4.add(s21, f32x4.mul(x, y1));
    x = v128.load_splat<f32>(a, 12);
    s30 = f32x4.add(s30, f32x4.mul(x, y0));
    s31 = f32x4.add(s31, f32x4.mul(x, y1));
    a += 16;
    b += 32;
  }
  putRow(c, s00, s01, accumulate);
  putRow(c + cStride, s10, s11, accumulate);
  putRow(c + cStride * 2, s20, s21, accumulate);
  putRow(c + cStride * 3, s30, s31, accumulate);
}

/** A tile from A as it lies, `aStride` bytes between rows, and packed B; rows beyond the edge repeat the last one. */
function tileRowMajor(
  length: i32, a0: usize, aStride: usize, rows: i32, b: usize, c: usize, cStride: usize, accumulate: bool,
): void {
  let a1 = rows > 1 ? a0 + aStride : a0;
  let a2 = rows > 2 ? a1 + aStride : a1;
  let a3 = rows > 3 ? a2 + aStride : a2;
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  for (let p = 0; p < length; p++) {
    const y0 = v128.load(b);
    const y1 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a0);
    s00 = f32x4.add(s00, f32x4.mul(x, y0));
    s01 = f32x4.add(s01, f32x4.mul(x, y1));
    x = v128.load_splat<f32>(a1);
    s10 = f32x4.add(s10, f32x4.mul(x, y0));
    s11 = f32x4.add(s11, f32x4.mul(x, y1));
    x = v128.load_splat<f32>(a2);
    s20 = f32x4.add(s20, f32x4.mul(x, y0));
    s21 = f32x4.add(s21, f32x4.mul(x, y1));
    x = v128.load_splat<f32>(a3);
    s30 = f32x4.add(s30, f32x4.mul(x, y0));
    s31 = f32x4.add(s31, f32x4.mul(x, y1));
    a0 += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
    b += 32;
  }
  putRow(c, s00, s01, accumulate);
  putRow(c + cStride, s10, s11, accumulate);
  putRow(c + cStride * 2, s20, s21, accumulate);
  putRow(c + cStride * 3, s30, s31, accumulate);
}

// @ts-ignore: decorator
@inline
function putRow(address: usize, left: v128, right: v128, accumulate: bool): void {
  if (accumulate) {
    left = f32x4.add(left, v128.load(address));
    right = f32x4.add(right, v128.load(address, 16));
  }
  v128.store(address, left);
  v128.store(address, right, 16);
}

function storeEdge(edge: usize, c: usize, cStride: usize, rows: i32, columns: i32, accumulate: bool): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) put(c + (<usize>j << 2), load<f32>(edge + (<usize>j << 2)), accumulate);
    c += cStride;
    edge += TILE_COLUMNS << 2;
  }
}
