import { contentInstructions } from './content-instructions.ts';
import {
  type ArgumentReader,
  type InstructionArguments,
  InstructionProblem,
  readArguments,
} from './instruction-arguments.ts';
import { keywordInstructions } from './keyword-instructions.ts';
import { languageInstructions } from './language-instructions.ts';
import { lengthInstructions } from './length-instructions.ts';

/** Whether a text follows an instruction; `null` where it cannot be told. */
export type InstructionCheck = (response: string) => boolean | null | Promise<boolean | null>;

/** Reads the arguments of an instruction, once, and gives its check. */
export type InstructionMaker = (read: ArgumentReader) => InstructionCheck;

const makers: Readonly<Record<string, InstructionMaker>> = {
  ...keywordInstructions,
  ...lengthInstructions,
  ...contentInstructions,
  ...languageInstructions,
};

/** The ids of IFEval's 25 kinds of verifiable instructions, arXiv:2311.07911. */
export const instructionIds: readonly string[] = Object.keys(makers);

/**
 * The check of one instruction.
 *
 * @throws InstructionProblem for an id that is not known, and arguments that are missing, wrong or unknown
 */
export function makeInstruction(id: string, written: InstructionArguments = {}): InstructionCheck {
  const maker = Object.hasOwn(makers, id) ? makers[id] : undefined;
  if (maker === undefined) {
    throw new InstructionProblem(`there is no instruction "${id}"; there are ${instructionIds.join(', ')}`);
  }
  const { reader, finish } = readArguments(id, written);
  const check = maker(reader);
  finish();
  return check;
}
