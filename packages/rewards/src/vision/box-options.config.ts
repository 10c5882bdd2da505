import { z } from 'zod';

/** What the four numbers of a box mean. */
export const boxFormat = z
  .enum(['xyxy', 'xywh', 'cxcywh', 'yxyx'])
  .describe('what the four numbers mean; cxcywh = centre and size');

/** What coordinates count. */
export const coordinates = z
  .enum(['pixels', 'unit', 'thousand', 'of_1024'])
  .describe('what coordinates count: pixels, shares from 0 to 1, thousandths, 1024ths');
