import type { RewardFunction } from '@rlloom/spec';
import { judged, unverifiable } from '../answers/results.ts';
import type { Box, BoxFormat } from './box.ts';
import { type Point, readPoint } from './read-point.ts';
import { referenceBoxes } from './reference-boxes.ts';
import { type Coordinates, imageSizeOf, scaleBox, unitOf } from './scale-boxes.ts';

/** Options of the `point_in_box` reward. */
export interface PointInBoxConfig {
  /** What the four numbers of a reference mean. */
  readonly referenceFormat: BoxFormat;
  /** What predicted coordinates count. */
  readonly coordinates: Coordinates;
  /** What those of references count. */
  readonly referenceCoordinates: Coordinates;
}

/** What `pointInBoxReward` does when nothing is said. */
export const pointInBoxDefaults: PointInBoxConfig = {
  referenceFormat: 'xyxy',
  coordinates: 'pixels',
  referenceCoordinates: 'pixels',
};

/**
 * The `point_in_box` reward: 1 when the place a response names (see `readPoint`) lies in a reference box or on its
 * edge, else 0. What agents that click are grounded with.
 */
export function pointInBoxReward(options: Partial<PointInBoxConfig> = {}): RewardFunction {
  const config = { ...pointInBoxDefaults, ...options };
  return ({ task, responseText }) => {
    const references = referenceBoxes(task, config.referenceFormat);
    if (references.length === 0) return unverifiable('the task has no reference box');
    const factor = factorBetween(config, imageSizeOf(task));
    if (factor === undefined) {
      return unverifiable('the task has no image_size, and coordinates of different kinds need it');
    }
    const point = readPoint(responseText);
    if (point === undefined) return judged(false, 0, ['no place was found']);
    const correct = references.some((box) => isInside(point, scaleBox(box, factor)));
    return judged(correct, Number(correct), [`(${point.x}, ${point.y}) is ${correct ? '' : 'not '}inside`]);
  };
}

/** Whether a place is in a box, edges included. */
export function isInside({ x, y }: Point, box: Box): boolean {
  return x >= box.x1 && x <= box.x2 && y >= box.y1 && y <= box.y2;
}

/** What brings references to the coordinates of predictions. */
export function factorBetween(
  { coordinates, referenceCoordinates }: Pick<PointInBoxConfig, 'coordinates' | 'referenceCoordinates'>,
  size: Parameters<typeof unitOf>[1],
): ReturnType<typeof unitOf> {
  if (coordinates === referenceCoordinates) return { width: 1, height: 1 };
  const [unit, reference] = [unitOf(coordinates, size), unitOf(referenceCoordinates, size)];
  if (unit === undefined || reference === undefined) return undefined;
  return { width: reference.width / unit.width, height: reference.height / unit.height };
}
