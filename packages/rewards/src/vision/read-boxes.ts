import { lastTagged } from '../answers/find-answer.ts';
import { type Box, type BoxFormat, boxOf } from './box.ts';

/** Most boxes that are read from a text. */
export const mostBoxes = 300;

const number = String.raw`\s*(-?\d+(?:\.\d+)?(?:e-?\d+)?)\s*`;
const four = [number, number, number, number].join(',');
const pair = String.raw`\(${number},${number}\)`;

// In this order: an object with a box and its label, Qwen's pair of corners, a plain list, PaliGemma's places.
const written = new RegExp(String.raw`(\{[^{}]*\})|${pair}\s*,?\s*${pair}|\[\s*\[?${four}\]|((?:<loc\d{4}>){4})`, 'g');
const inObject = new RegExp(String.raw`["']?(?:bbox_2d|bbox|box_2d|box)["']?\s*[:=]\s*["']?\[${four}\]`);
const labelInObject = /["']?(?:label|category|name|ref|class)["']?\s*:\s*(?:"([^"]*)"|'([^']*)')/;
const labelBefore = /(?:<ref>|<\|object_ref_start\|>)([^<]*)(?:<\/ref>|<\|object_ref_end\|>)/g;

/**
 * Boxes in a text, in order: JSON or Python objects with `bbox_2d`, `bbox`, `box_2d` or `box` and `label` (Qwen2.5-VL,
 * VLM-R1, EasyR1), `<box>(x1,y1),(x2,y2)</box>` with `<ref>` or the special tokens of Qwen2-VL, plain lists of four
 * numbers (also `[[…]]`, InternVL), and PaliGemma's `<loc0000>`, which are y1, x1, y2, x2 of 1024. When the text has
 * an `<answer>`, only the last one counts. A box that comes twice with the same label counts once.
 */
export function readBoxes(text: string, format: BoxFormat): readonly Box[] {
  const part = lastTagged(text, 'answer') ?? text;
  const labels = [...part.matchAll(labelBefore)];
  const found = new Map<string, Box>();
  for (const match of part.matchAll(written)) {
    if (found.size >= mostBoxes) break;
    const box = boxOfMatch(match, format);
    if (box === undefined) continue;
    const before = labels.findLast(({ index }) => index < match.index)?.[1]?.trim();
    const labelled = box.label === undefined && before !== undefined ? { ...box, label: before } : box;
    found.set(JSON.stringify(labelled), labelled);
  }
  return [...found.values()];
}

function boxOfMatch(match: RegExpExecArray, format: BoxFormat): Box | undefined {
  const [, object, ...groups] = match;
  if (object !== undefined) {
    const numbers = inObject.exec(object)?.slice(1, 5);
    if (numbers === undefined) return undefined;
    const label = labelInObject.exec(object);
    return ofNumbers(numbers, format, (label?.[1] ?? label?.[2])?.trim());
  }
  const places = groups[8];
  if (places !== undefined) return ofNumbers(places.match(/\d{4}/g) ?? [], 'yxyx');
  return groups[0] === undefined ? ofNumbers(groups.slice(4, 8), format) : ofNumbers(groups.slice(0, 4), format);
}

function ofNumbers(texts: readonly (string | undefined)[], format: BoxFormat, label?: string): Box | undefined {
  const [a, b, c, d] = texts.map(Number);
  if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined;
  if (![a, b, c, d].every(Number.isFinite)) return undefined;
  return boxOf([a, b, c, d], format, label);
}
