import { z } from 'zod';
import { toolUseDefaults } from './tool-use.ts';

const share = z.number().min(0);

/** Options of the `tool_use` reward. */
export const toolUseConfig = z
  .strictObject({
    validWeight: share
      .default(toolUseDefaults.validWeight)
      .describe('share of the score for calls that are JSON, of a known tool, with arguments that fit its schema'),
    successWeight: share
      .default(toolUseDefaults.successWeight)
      .describe('share for calls that the tool answered without an error'),
    answerWeight: share
      .default(toolUseDefaults.answerWeight)
      .describe('share for ending with a text after the last answer of a tool'),
    callRequired: z
      .boolean()
      .default(toolUseDefaults.callRequired)
      .describe('whether an episode without any call scores 0'),
    errorPattern: z
      .string()
      .min(1)
      .default(toolUseDefaults.errorPattern)
      .describe("regular expression of a tool's answer that is an error"),
  })
  .superRefine(({ validWeight, successWeight, answerWeight, errorPattern }, context) => {
    if (validWeight + successWeight + answerWeight === 0) {
      context.addIssue({ code: 'custom', path: ['validWeight'], message: 'one of the weights must be above 0' });
    }
    try {
      new RegExp(errorPattern, 'iu');
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      context.addIssue({ code: 'custom', path: ['errorPattern'], message });
    }
  });
