import type { RewardRequest } from '@rlloom/spec';
import { testRewardFunction } from '@rlloom/spec/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { request, task } from '../testing/requests.ts';
import { boxOf, iou } from './box.ts';
import { boxIouConfig } from './box-iou.config.ts';
import { boxIouDefaults, boxIouReward } from './box-iou.ts';

function asks(responseText: string, extra: Record<string, unknown>): RewardRequest {
  return { ...request(responseText), task: { ...task('boxes'), extra } };
}
const two = {
  boxes: [
    { bbox_2d: [0, 0, 10, 10], label: 'cat' },
    { bbox_2d: [20, 0, 30, 10], label: 'dog' },
  ],
};
const both = '[{"bbox_2d": [20, 0, 30, 10], "label": "Dog"}, {"bbox_2d": [0, 0, 10, 10], "label": "cat"}]';

for (const scoring of ['iou', 'hit', 'f1', 'detection'] as const) {
  testRewardFunction(`box_iou ${scoring}`, () => boxIouReward({ scoring, labels: true }), {
    correct: [asks(both, two)],
    incorrect: [asks('[{"bbox_2d": [0, 0, 10, 10], "label": "cat"}]', two), asks('', two), asks('[0,0,0,0]', two)],
    unverifiable: [asks(both, {})],
  });
}

const context = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY };
const score = async (options: Parameters<typeof boxIouReward>[0], one: RewardRequest) =>
  (await boxIouReward(options)(one, context)).score;

describe('iou', () => {
  const corner = fc.integer({ min: 0, max: 20 });
  const box = fc.tuple(corner, corner, corner, corner).map((numbers) => boxOf(numbers, 'xyxy'));

  it('is that of counted cells', () => {
    const cells = (of: ReturnType<typeof boxOf>) => {
      const found = new Set<number>();
      for (let x = of.x1; x < of.x2; x += 1) for (let y = of.y1; y < of.y2; y += 1) found.add(100 * x + y);
      return found;
    };
    fc.assert(
      fc.property(box, box, (a, b) => {
        const [inA, inB] = [cells(a), cells(b)];
        const shared = [...inA].filter((cell) => inB.has(cell)).length;
        const all = inA.size + inB.size - shared;
        expect(iou(a, b)).toBeCloseTo(all === 0 ? 0 : shared / all, 12);
        expect(iou(b, a)).toBeCloseTo(iou(a, b), 12);
      }),
    );
  });

  it('does not overflow', () => {
    const huge = boxOf([-1e308, -1e308, 1e307, 1e307], 'xyxy');
    expect(iou(huge, huge)).toBeCloseTo(1, 12);
    expect(iou(boxOf([0, 0, 1, 1], 'xyxy'), huge)).toBe(0);
  });
});

describe('boxIouReward', () => {
  it('is the IoU for one box, 25 of 175 here, and VLM-R1 with hit', async () => {
    const one = asks('<answer>[5, 5, 15, 15]</answer>', { bbox: [0, 0, 10, 10] });
    expect(await score({}, one)).toBeCloseTo(25 / 175, 12);
    expect(await score({ scoring: 'hit', threshold: 0.1 }, one)).toBe(1);
    expect(await score({ scoring: 'hit' }, one)).toBe(0);
  });

  it('charges for boxes too many and too few', async () => {
    const cat = '{"bbox_2d": [0, 0, 10, 10], "label": "cat"}';
    expect(await score({}, asks(cat, two))).toBe(0.5);
    expect(await score({}, asks(`${both} [50, 50, 60, 60]`, two))).toBeCloseTo(2 / 3, 12);
    expect(await score({ scoring: 'f1' }, asks(cat, two))).toBeCloseTo(2 / 3, 12);
    // IoU 1 of 2 found: 0.5; completeness 1 − (½ + 0) / 2 = 0.75
    expect(await score({ scoring: 'detection', completenessWeight: 0.4 }, asks(cat, two))).toBeCloseTo(0.6, 12);
  });

  it('matches labels where asked to', async () => {
    const swapped = both.replace('Dog', '@').replace('cat', 'dog').replace('@', 'cat');
    expect(await score({ labels: true }, asks(swapped, two))).toBe(0);
    expect(await score({}, asks(swapped, two))).toBe(1);
  });

  it('matches for the highest sum, or the best pair first', async () => {
    // IoU with references [0,10] and [10,20] of width 1: a = [2,14] has 8/14 and 4/18, b = [0,9] has 0.9 and 0
    const boxes = {
      boxes: [
        [0, 0, 10, 1],
        [10, 0, 20, 1],
      ],
    };
    const text = '[2, 0, 14, 1] [0, 0, 9, 1]';
    expect(await score({}, asks(text, boxes))).toBeCloseTo((0.9 + 4 / 18) / 2, 12);
    // c = [0,12] has 10/12 and 2/20, d = [0,8] has 0.8 and 0: greedy takes c with the first
    const other = '[0, 0, 12, 1] [0, 0, 8, 1]';
    expect(await score({ matching: 'greedy' }, asks(other, boxes))).toBeCloseTo(10 / 12 / 2, 12);
    expect(await score({}, asks(other, boxes))).toBeCloseTo((0.8 + 0.1) / 2, 12);
  });

  it('brings coordinates together by the size of the image', async () => {
    const inPixels = { bbox: [100, 50, 300, 150], image_size: [400, 200] };
    for (const [text, coordinates] of [
      ['[0.25, 0.25, 0.75, 0.75]', 'unit'],
      ['[250, 250, 750, 750]', 'thousand'],
      ['<loc0256><loc0256><loc0768><loc0768>', 'of_1024'],
      ['[100, 50, 300, 150]', 'pixels'],
    ] as const) {
      expect(await score({ coordinates }, asks(text, inPixels))).toBeCloseTo(1, 12);
    }
    expect(await score({ coordinates: 'unit' }, asks('[0, 0, 1, 1]', { bbox: [1, 2, 3, 4] }))).toBeNull();
  });

  it('reads references of the answer, too', async () => {
    const one = { ...request('[0, 0, 1, 1]', '<box>(0,0),(1,1)</box>') };
    expect(await score({}, one)).toBe(1);
  });

  it('has the defaults of its schema', () => {
    expect(boxIouConfig.parse({})).toEqual(boxIouDefaults);
  });
});
