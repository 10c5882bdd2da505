export { encodePrompt, type PromptFormat, singleTurn, type SingleTurnOptions } from './single-turn.ts';
