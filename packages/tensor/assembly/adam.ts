/**
 * One step of Adam over `length` floats:
 * `m' = keep1·m + take1·u`, `v' = keep2·v + take2·u²`, `to = scale·m' / (√v' + floor)`.
 */
export function adam(
  length: i32,
  update: usize,
  m: usize,
  v: usize,
  keep1: f32,
  take1: f32,
  keep2: f32,
  take2: f32,
  scale: f32,
  floor: f32,
  to: usize,
  nextM: usize,
  nextV: usize,
): void {
  const k1 = f32x4.splat(keep1),
    t1 = f32x4.splat(take1),
    k2 = f32x4.splat(keep2),
    t2 = f32x4.splat(take2);
  const s = f32x4.splat(scale),
    f = f32x4.splat(floor);
  let at: usize = 0;
  const vectorEnd: usize = (<usize>(length & ~3)) << 2;
  for (; at < vectorEnd; at += 16) {
    const u = v128.load(update + at);
    const first = f32x4.add(f32x4.mul(v128.load(m + at), k1), f32x4.mul(u, t1));
    const second = f32x4.add(f32x4.mul(v128.load(v + at), k2), f32x4.mul(f32x4.mul(u, u), t2));
    v128.store(nextM + at, first);
    v128.store(nextV + at, second);
    v128.store(to + at, f32x4.div(f32x4.mul(first, s), f32x4.add(f32x4.sqrt(second), f)));
  }
  const end: usize = (<usize>length) << 2;
  for (; at < end; at += 4) {
    const u = load<f32>(update + at);
    const first = load<f32>(m + at) * keep1 + u * take1;
    const second = load<f32>(v + at) * keep2 + u * u * take2;
    store<f32>(nextM + at, first);
    store<f32>(nextV + at, second);
    store<f32>(to + at, (first * scale) / (sqrt<f32>(second) + floor));
  }
}
