export { encodePrompt, type PromptFormat, singleTurn, type SingleTurnOptions } from './single-turn.ts';
export { multiTurn, type MultiTurnOptions } from './multi-turn.ts';
export {
  createObservationEncoder,
  type ObservationEncoder,
  type ObservationEncoderOptions,
  type TemplateOptions,
} from './conversation/observation-encoder.ts';
export { hermesFormat } from './tool-formats/hermes.ts';
export { jsonFormat } from './tool-formats/json.ts';
export { llamaFormat } from './tool-formats/llama.ts';
export { mistralFormat } from './tool-formats/mistral.ts';
export {
  isMalformed,
  type MalformedCall,
  type ParsedTurn,
  type ReadCall,
  type ToolFormat,
} from './tool-formats/tool-format.ts';
export { type ToolFormatName, toolFormatNames, toolFormatOf } from './tool-formats/tool-formats.ts';
export { defineTool, InvalidToolArguments, type ToolDefinition, type ToolState } from './tools/define-tool.ts';
export { defaultToolLimits, type ToolLimits } from './tools/tool-box.ts';
export { truncateText, type TruncationSide } from './tools/truncate-text.ts';
