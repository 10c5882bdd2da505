import type { RewardFunction } from '@rlloom/spec';
import { judged, unverifiable } from '../answers/results.ts';
import type { Box, BoxFormat } from './box.ts';
import { type MatchOptions, matchBoxes } from './match-boxes.ts';
import { readBoxes } from './read-boxes.ts';
import { referenceBoxes } from './reference-boxes.ts';
import { type Coordinates, imageSizeOf, scaleBox, unitOf } from './scale-boxes.ts';

/** Options of the `box_iou` reward. */
export interface BoxIouConfig extends MatchOptions {
  /**
   * With n predicted and m reference boxes: `iou` = sum of IoU of the matches / max(n, m), which for one box each is
   * their IoU; `hit` = matches / max(n, m); `f1` = 2 · matches / (n + m); `detection` = ROLL's mix of
   * `sum of IoU / m` and completeness `1 − (share missed + share of false alarms) / 2`.
   */
  readonly scoring: 'iou' | 'hit' | 'f1' | 'detection';
  /** Weight of completeness in `detection`. */
  readonly completenessWeight: number;
  /** What the four numbers of a predicted box mean. */
  readonly format: BoxFormat;
  /** What those of a reference mean. */
  readonly referenceFormat: BoxFormat;
  /** What predicted coordinates count. */
  readonly coordinates: Coordinates;
  /** What those of references count. */
  readonly referenceCoordinates: Coordinates;
}

/** What `boxIouReward` does when nothing is said. */
export const boxIouDefaults: BoxIouConfig = {
  scoring: 'iou',
  matching: 'hungarian',
  labels: false,
  threshold: 0.5,
  completenessWeight: 0.3,
  format: 'xyxy',
  referenceFormat: 'xyxy',
  coordinates: 'pixels',
  referenceCoordinates: 'pixels',
};

/**
 * The `box_iou` reward: how well the boxes of a response cover those of the task, from 0 to 1, see `readBoxes` for the
 * spellings and `BoxIouConfig.scoring` for the score. `correct` = as many boxes as references, all matched with an IoU
 * of at least `threshold`. With `scoring: 'iou'` the threshold decides the verdict alone, elsewhere also what a match
 * is. Coordinates of different kinds are brought together by the size of the image (`image_size`, or `width` and
 * `height` of the record); without it the sample is unverifiable.
 *
 * VLM-R1, arXiv:2504.07615 (`hit` is its reward for one box); ROLL's detection worker.
 */
export function boxIouReward(options: Partial<BoxIouConfig> = {}): RewardFunction {
  const config = { ...boxIouDefaults, ...options };
  return ({ task, responseText }) => {
    const written = referenceBoxes(task, config.referenceFormat);
    if (written.length === 0) return unverifiable('the task has no reference box');
    const size = imageSizeOf(task);
    const isSame = config.coordinates === config.referenceCoordinates;
    const units = [config.coordinates, config.referenceCoordinates].map((kind) => unitOf(kind, size));
    const [unit, referenceUnit] = isSame ? [sameUnit, sameUnit] : units;
    if (unit === undefined || referenceUnit === undefined) {
      return unverifiable('the task has no image_size, and coordinates of different kinds need it');
    }
    const predicted = readBoxes(responseText, config.format).map((box) => scaleBox(box, unit));
    if (predicted.length === 0) return judged(false, 0, ['no box was found']);
    const references = written.map((box) => scaleBox(box, referenceUnit));
    const good = matchBoxes(predicted, references, config);
    const matches = config.scoring === 'iou' ? matchBoxes(predicted, references, { ...config, threshold: 0 }) : good;
    const correct = good.length === references.length && predicted.length === references.length;
    const reason = `${good.length} of ${references.length} boxes found with IoU ${config.threshold} among ${predicted.length}; IoU ${matches.map((value) => value.toFixed(3)).join(', ') || 'none'}`;
    return judged(correct, scoreOf(matches, { predicted, references, config }), [reason]);
  };
}

const sameUnit = { width: 1, height: 1 };

interface Found {
  readonly predicted: readonly Box[];
  readonly references: readonly Box[];
  readonly config: BoxIouConfig;
}

function scoreOf(matches: readonly number[], { predicted, references, config }: Found): number {
  const [n, m] = [predicted.length, references.length];
  const sum = matches.reduce((total, value) => total + value, 0);
  switch (config.scoring) {
    case 'iou':
      return sum / Math.max(n, m);
    case 'hit':
      return matches.length / Math.max(n, m);
    case 'f1':
      return (2 * matches.length) / (n + m);
    case 'detection': {
      const completeness = 1 - ((m - matches.length) / m + (n - matches.length) / n) / 2;
      return (1 - config.completenessWeight) * (sum / m) + config.completenessWeight * completeness;
    }
  }
}
