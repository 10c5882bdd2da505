/** A box by two corners, `x1 ≤ x2` and `y1 ≤ y2`, and what it is said to hold. */
export interface Box {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly label?: string;
}

/** What the four numbers of a box mean; `cxcywh` = centre and size. */
export type BoxFormat = 'xyxy' | 'xywh' | 'cxcywh' | 'yxyx';

/** Box of four numbers; corners may come in any order. */
export function boxOf([a, b, c, d]: readonly [number, number, number, number], format: BoxFormat, label?: string): Box {
  const corners = {
    xyxy: [a, b, c, d],
    yxyx: [b, a, d, c],
    xywh: [a, b, a + c, b + d],
    cxcywh: [a - c / 2, b - d / 2, a + c / 2, b + d / 2],
  }[format] as [number, number, number, number];
  const [left, top, right, bottom] = corners;
  return {
    x1: Math.min(left, right),
    y1: Math.min(top, bottom),
    x2: Math.max(left, right),
    y2: Math.max(top, bottom),
    ...(label !== undefined && { label }),
  };
}

/**
 * Intersection over union of two boxes, from 0 to 1. Boxes without an area share nothing, not even with themselves.
 *
 * @example
 * ```ts
 * iou({ x1: 0, y1: 0, x2: 2, y2: 2 }, { x1: 1, y1: 1, x2: 3, y2: 3 }).toFixed(4); // => '0.1429'
 * ```
 */
export function iou(a: Box, b: Box): number {
  const width = Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1);
  const height = Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1);
  if (!(width > 0 && height > 0)) return 0;
  // In shares of the first box, so that huge numbers do not overflow.
  const shared = (width / (a.x2 - a.x1)) * (height / (a.y2 - a.y1));
  const other = ((b.x2 - b.x1) / (a.x2 - a.x1)) * ((b.y2 - b.y1) / (a.y2 - a.y1));
  const value = shared / (1 + other - shared);
  return Number.isFinite(value) ? Math.min(1, value) : 0;
}
