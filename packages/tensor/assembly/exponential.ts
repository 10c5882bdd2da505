/** `to[i] = e^from[i]` over `length` floats. */
export function exponential(length: i32, from: usize, to: usize): void {
  let left = length;
  for (; left >= 4; left -= 4) {
    v128.store(to, exp4(v128.load(from)));
    from += 16;
    to += 16;
  }
  // The last lanes go through the same arithmetic, so that a value does not depend on its place.
  for (; left > 0; left--) {
    store<f32>(to, f32x4.extract_lane(exp4(v128.load_splat<f32>(from)), 0));
    from += 4;
    to += 4;
  }
}

/**
 * e^x = 2ⁿ · e^r with n = round(x / ln 2), |r| ≤ ln 2 / 2, e^r by the polynomial of Cephes' `expf` (within 2 units in
 * the last place). 2ⁿ is applied in two halves, so that the result may be subnormal or infinite.
 */
// @ts-ignore: decorator
@inline
function exp4(value: v128): v128 {
  const x = f32x4.max(f32x4.min(value, f32x4.splat(89)), f32x4.splat(-105));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504088896341)));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.splat(1.9875691500e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.mul(f32x4.mul(p, r), r), f32x4.add(r, f32x4.splat(1)));
  const exponent = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(exponent, 1);
  const rest = i32x4.sub(exponent, half);
  return f32x4.mul(f32x4.mul(p, power(half)), power(rest));
}

/** 2ⁿ for n in [-126, 127]. */
// @ts-ignore: decorator
@inline
function power(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}
