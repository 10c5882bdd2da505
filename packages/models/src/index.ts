export { CausalLanguageModel } from './causal-language-model.ts';
export { createModel } from './create-model.ts';
export { loadModel, loadModelConfig, type LoadModelOptions } from './checkpoint/load-model.ts';
export { saveModel, type SaveModelOptions } from './checkpoint/save-model.ts';
export { readTensors, writeTensors } from './checkpoint/tensor-file.ts';
export { openSafetensors, type SafetensorsFile } from './checkpoint/safetensors-file.ts';
export type { SafetensorsHeader, TensorEntry } from './checkpoint/safetensors-header.ts';
export { findWeightFiles } from './checkpoint/weight-files.ts';
export type { DownloadProgress, HubOptions } from './hub/hub-options.ts';
export { resolveModelFolder, type ResolveModelOptions } from './hub/resolve-model-folder.ts';
export type {
  Activation,
  AttentionConfig,
  EmbeddingConfig,
  ExpertsConfig,
  FeedForwardConfig,
  LayerConfig,
  LongContext,
  ModelConfig,
  ModelType,
  ModuleNames,
  NormConfig,
  RotaryConfig,
} from './config/model-config.ts';
export { parseModelConfig } from './config/parse-model-config.ts';
export { modelConfig, type ModelOptions } from './model.config.ts';

export { adaptParameters, type ModelWeights, withAdapter } from './adapters/adapt-parameters.ts';
export { parseAdapterConfig } from './adapters/adapter-config-file.ts';
export type { AdaptedModule } from './adapters/adapter-shapes.ts';
export { createAdapter, type CreateAdapterOptions } from './adapters/create-adapter.ts';
export { isAdapterFolder, loadAdapter, loadAdapterConfig } from './adapters/load-adapter.ts';
export { LoraAdapter } from './adapters/lora-adapter.ts';
export type { LoraConfig, ModuleSelection } from './adapters/lora-config.ts';
export { mergeAdapter } from './adapters/merge-adapter.ts';
export { saveAdapter, type SaveAdapterOptions } from './adapters/save-adapter.ts';

export { createScoringModel, type CreateScoringModelOptions } from './heads/create-scoring-model.ts';
export { loadScoringModel } from './heads/load-scoring-model.ts';
export { saveScoringModel } from './heads/save-scoring-model.ts';
export type { ScoreHead } from './heads/score-head.ts';
export { ScoringModel } from './heads/scoring-model.ts';
export { sequenceScores, tokenScores, tokenValues } from './heads/scores.ts';

export type { GgufDtype } from './gguf/gguf-elements.ts';
export { saveAdapterGguf, type SaveAdapterGgufOptions } from './gguf/save-adapter-gguf.ts';
export { saveGguf, type SaveGgufOptions } from './gguf/save-gguf.ts';

export { type TrainedSelection, trainedNames } from './frozen/trained-names.ts';
export { packByLength } from './packing/pack-by-length.ts';
export {
  type PackedPlace,
  type PackedRows,
  packSequences,
  type PackSequencesOptions,
  packValues,
  type UnpackOptions,
  unpackValues,
} from './packing/packed-rows.ts';
export { type PackedTokens, packedTokens, type TokenPacking, unpackTensor } from './packing/packed-tensors.ts';

export { forwardHidden, type ForwardOptions, logits, type PaddedTokens } from './forward-hidden.ts';
export {
  tokenLogProbs,
  type TokenLogProbs,
  type TokenLogProbsInput,
  type TokenLogProbsOptions,
} from './log-probs/token-log-probs.ts';

export { cacheBytes } from './generation/cache-bytes.ts';
export { bucketOf } from './generation/compiled/buckets.ts';
export { generate, generateStream, type GenerationPiece } from './generation/generate.ts';
export type { GenerateOptions, GenerationStatistics } from './generation/generation-options.ts';
export {
  type GenerateRequest,
  type GenerateResult,
  type GenerateSampling,
  repeatRequest,
  type StoppedAt,
  type TokenAlternative,
} from './generation/generation-request.ts';
export {
  type ContinueSequencesOptions,
  continueSequences,
  type StartSequencesOptions,
  startSequences,
} from './generation/resumable.ts';
export type { Sequence } from './generation/sequence.ts';
export { type LogitsProcessor, processLogits } from './generation/logits-processors.ts';
export { type DetailedToken, type SampledToken, sampleToken, type TokenSampling } from './generation/sample-token.ts';
export { possibleStopLength, type StopMatch } from './generation/stop-strings.ts';

export { type CharacterTokenizerOptions, characterTokenizerFiles } from './tokenizer/character-tokenizer.ts';
export {
  answerConversation,
  type ConversationExtension,
  type ConversationOptions,
  extendConversation,
  startConversation,
  type TokenConversation,
} from './tokenizer/chat/conversation.ts';
export type { DecodeState, DecodeStream, HeldPart } from './tokenizer/decoding/decode-stream.ts';
export { loadTokenizer, type LoadTokenizerOptions } from './tokenizer/load-tokenizer.ts';
export type { ChatEncoding, PretrainedTokenizer, TokenEncoding } from './tokenizer/pretrained-tokenizer.ts';
export { readTokenizerFiles, type TokenizerFiles, writeTokenizerFiles } from './tokenizer/tokenizer-files.ts';

export { decodeImage } from './vision/decode-image.ts';
export { expandImageTokens } from './vision/expand-image-tokens.ts';
export {
  generateWithImages,
  type ImageGenerateOptions,
  type ImageGenerateRequest,
} from './vision/generate-with-images.ts';
export { type ImageGrid, type ImagePatches, imageTokenCount } from './vision/image-grid.ts';
export {
  type ImageProcessorConfig,
  loadImageProcessorConfig,
  parseImageProcessorConfig,
} from './vision/image-processor-config.ts';
export { loadVisionLanguageConfig, loadVisionLanguageModel } from './vision/load-vision-language-model.ts';
export { type MultimodalPositions, multimodalPositions, type PositionOptions } from './vision/multimodal-positions.ts';
export { processImages } from './vision/process-images.ts';
export { resizeBicubic } from './vision/resize-bicubic.ts';
export type { RgbImage } from './vision/rgb-image.ts';
export { type ImageSize, type PixelLimits, smartResize } from './vision/smart-resize.ts';
export { type VisionBatch, visionBatch, type VisionSequence } from './vision/vision-batch.ts';
export {
  parseVisionLanguageConfig,
  type VisionLanguageConfig,
  type VisionTowerConfig,
} from './vision/vision-config.ts';
export { visionHidden, visionLogits } from './vision/vision-forward.ts';
export { VisionLanguageModel, type VisionLanguageWeights } from './vision/vision-language-model.ts';
export { imageEmbeddings } from './vision/vision-tower.ts';
