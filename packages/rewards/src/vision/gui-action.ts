import type { RewardFunction } from '@rlloom/spec';
import { unverifiable } from '../answers/results.ts';
import { tagsInOrder } from '../format/tag-layouts.ts';
import { squadNormalize } from '../text/squad-normalize.ts';
import { type Box, type BoxFormat, boxOf } from './box.ts';
import { factorBetween, isInside, type PointInBoxConfig } from './point-in-box.ts';
import { actionOf, type GuiAction, readAction } from './read-action.ts';
import { readBoxes } from './read-boxes.ts';
import { type Point, readPoint } from './read-point.ts';
import { imageSizeOf, scaleBox } from './scale-boxes.ts';

/** Options of the `gui_action` reward. */
export interface GuiActionConfig extends PointInBoxConfig {
  /** Share of the score that the format has. */
  readonly formatWeight: number;
  /** Tags that make the format, once each and in this order. */
  readonly tags: readonly string[];
  /** How far from a reference point counts, in the units of predicted coordinates; a reference box needs none. */
  readonly tolerance: number;
}

/** What `guiActionReward` does when nothing is said. */
export const guiActionDefaults: GuiActionConfig = {
  formatWeight: 0.1,
  tags: ['think', 'answer'],
  tolerance: 0,
  referenceFormat: 'xyxy',
  coordinates: 'pixels',
  referenceCoordinates: 'pixels',
};

/**
 * The `gui_action` reward: one step of an agent at a screen against the reference action, which is the record's
 * `action` or JSON in `ground_truth.final_answer`. The action is right when its type is, its place lies in the
 * reference's box (or within `tolerance` of its point), and its text is the same without case, punctuation and
 * articles; what the reference does not have does not matter. The score is
 * `formatWeight · format + (1 − formatWeight) · action`, the verdict that of the action.
 *
 * Mobile-R1, arXiv:2506.20332: box match for clicks, exact match for the rest, format.
 */
export function guiActionReward(options: Partial<GuiActionConfig> = {}): RewardFunction {
  const config = { ...guiActionDefaults, ...options };
  return ({ task, responseText }) => {
    const reference = actionOf(task.extra?.['action']) ?? readAction(task.groundTruth?.finalAnswer ?? '');
    if (reference === undefined) return unverifiable('the task has no reference action');
    const factor = factorBetween(config, imageSizeOf(task));
    if (factor === undefined) {
      return unverifiable('the task has no image_size, and coordinates of different kinds need it');
    }
    const action = readAction(responseText);
    const place = placeOf(reference, config.referenceFormat);
    const parts: Record<string, number> = { format: tagsInOrder(responseText, config.tags) };
    parts['type'] = Number(action?.type === reference.type);
    if (place !== undefined)
      parts['place'] = Number(isNear(pointOf(action), scaleBox(place, factor), config.tolerance));
    const text = textOf(reference);
    if (text !== undefined) parts['text'] = Number(sameText(action === undefined ? undefined : textOf(action), text));
    const { format = 0, ...rest } = parts;
    const correct = Object.values(rest).every((part) => part === 1);
    const share = config.formatWeight * format + (1 - config.formatWeight) * Number(correct);
    const reasons = Object.entries(parts).map(([name, part]) => `${name}: ${part === 1 ? 'yes' : 'no'}`);
    return { verdict: correct ? 'correct' : 'incorrect', score: share, parts, reasons };
  };
}

const placeKeys = ['bbox', 'box', 'bbox_2d', 'coordinate', 'coordinates', 'point', 'position', 'start_box'];

/** Box or point (a box without size) of a reference. */
function placeOf(reference: GuiAction, format: BoxFormat): Box | undefined {
  for (const key of placeKeys) {
    const value = reference.fields[key];
    if (value === undefined || value === null) continue;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const box = readBoxes(text, format)[0];
    if (box !== undefined) return box;
    const point = readPoint(text);
    if (point !== undefined) return boxOf([point.x, point.y, point.x, point.y], 'xyxy');
  }
  const { x, y } = reference.fields;
  return typeof x === 'number' && typeof y === 'number' ? boxOf([x, y, x, y], 'xyxy') : undefined;
}

function pointOf(action: GuiAction | undefined): Point | undefined {
  if (action === undefined) return undefined;
  const place = placeOf(action, 'xyxy');
  if (place !== undefined) return { x: (place.x1 + place.x2) / 2, y: (place.y1 + place.y2) / 2 };
  const { written } = action.fields;
  return typeof written === 'string' ? (readPoint(written) ?? readPoint(`(${written})`)) : undefined;
}

function isNear(point: Point | undefined, box: Box, tolerance: number): boolean {
  if (point === undefined) return false;
  const isPoint = box.x1 === box.x2 && box.y1 === box.y2;
  return isPoint ? Math.hypot(point.x - box.x1, point.y - box.y1) <= tolerance : isInside(point, box);
}

const textKeys = ['text', 'content', 'value', 'direction', 'key', 'app', 'button', 'status'];

function textOf({ fields }: GuiAction): string | undefined {
  return textKeys.map((key) => fields[key]).find((value) => typeof value === 'string' && value !== '') as
    | string
    | undefined;
}

function sameText(given: string | undefined, wanted: string): boolean {
  if (given === undefined) return false;
  const [a, b] = [squadNormalize(given), squadNormalize(wanted)];
  return b === '' ? given.trim() === wanted.trim() : a === b;
}
