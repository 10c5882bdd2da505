import { describe, expect, it } from 'vitest';
import { mostBoxes, readBoxes } from './read-boxes.ts';

type Four = [x1: number, y1: number, x2: number, y2: number];

const box = (...[x1, y1, x2, y2, label]: [...Four, label?: string]) => ({
  ...{ x1, y1, x2, y2 },
  ...(label !== undefined && { label }),
});

describe('readBoxes', () => {
  it.each([
    ['[10, 20, 30, 40]', [box(10, 20, 30, 40)]],
    ['It is at [[10,20,30,40],[1.5, 2, 3e1, 4]].', [box(10, 20, 30, 40), box(1.5, 2, 30, 4)]],
    ['```json\n[{"bbox_2d": [1, 2, 3, 4], "label": "cat"}]\n```', [box(1, 2, 3, 4, 'cat')]],
    [
      "[{'bbox': [1, 2, 3, 4], 'label': 'a cat'}, {'label': 'dog', 'box': [5, 6, 7, 8]}]",
      [box(1, 2, 3, 4, 'a cat'), box(5, 6, 7, 8, 'dog')],
    ],
    ['<ref>the cat</ref><box>(1,2),(3,4)</box>', [box(1, 2, 3, 4, 'the cat')]],
    ['<|object_ref_start|>cat<|object_ref_end|><|box_start|>(1,2),(3,4)<|box_end|>', [box(1, 2, 3, 4, 'cat')]],
    ['<box>[[1, 2, 3, 4]]</box>', [box(1, 2, 3, 4)]],
    ['<loc0010><loc0020><loc0110><loc0220> cat', [box(20, 10, 220, 110)]],
    ['[30, 40, 10, 20]', [box(10, 20, 30, 40)]],
    ['<think>[1,1,2,2]</think><answer>[3,3,4,4]</answer>', [box(3, 3, 4, 4)]],
    ['[1,2,3,4] and again [1, 2, 3, 4]', [box(1, 2, 3, 4)]],
    ['[1, 2, 3] [1, 2, 3, 4, 5] (1, 2)', []],
    ['{"bbox_2d": [1, 2, 3]} {"x": 1}', []],
    ['', []],
  ])('%j', (text, expected) => {
    expect(readBoxes(text, 'xyxy')).toEqual(expected);
  });

  it('knows what four numbers mean', () => {
    expect(readBoxes('[10, 20, 30, 40]', 'xywh')).toEqual([box(10, 20, 40, 60)]);
    expect(readBoxes('[10, 20, 30, 40]', 'cxcywh')).toEqual([box(-5, 0, 25, 40)]);
    expect(readBoxes('[10, 20, 30, 40]', 'yxyx')).toEqual([box(20, 10, 40, 30)]);
  });

  it('reads no more than it can match', () => {
    const many = Array.from({ length: 1000 }, (_, index) => `[${index}, 0, 2000, 1]`).join();
    expect(readBoxes(many, 'xyxy')).toHaveLength(mostBoxes);
  });
});
