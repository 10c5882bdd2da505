import { lastTagged } from '../answers/find-answer.ts';
import { readBoxes } from './read-boxes.ts';

/** A place in an image. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

const number = String.raw`\s*(-?\d+(?:\.\d+)?)\s*`;
const written = new RegExp(
  String.raw`["']x["']\s*:${number},\s*["']y["']\s*:${number}|\bx\s*=\s*["']?${number}["']?[,\s]\s*y\s*=\s*["']?${number}|[([]${number},${number}[)\]]|<point>${number}[,\s]${number}</point>`,
  'g',
);

/**
 * The last place a text names: `(x, y)`, `[x, y]`, `{"x": 1, "y": 2}`, `x=1, y=2`, `<point>1 2</point>`, or the middle
 * of the last box. When it has an `<answer>`, only the last one counts.
 */
export function readPoint(text: string): Point | undefined {
  const part = lastTagged(text, 'answer') ?? text;
  const box = readBoxes(part, 'xyxy').at(-1);
  if (box !== undefined) return { x: (box.x1 + box.x2) / 2, y: (box.y1 + box.y2) / 2 };
  const last = [...part.matchAll(written)].at(-1);
  const [x, y] = (last ?? [])
    .slice(1)
    .flatMap((value: string | undefined) => (value === undefined ? [] : [Number(value)]));
  return x === undefined || y === undefined ? undefined : { x, y };
}
