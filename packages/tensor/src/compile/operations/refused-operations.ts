const shapeOfValues = 'its output shape depends on the values';
const random = 'it draws random numbers of its own; give the numbers or a seed as an input';
const files = 'it reads or writes a file, which belongs outside a compiled function';

/**
 * Operations that a compiled function cannot contain, each with the reason as the end of a sentence: "Where cannot be
 * compiled: its output shape depends on the values".
 */
export const refusedOperations: Readonly<Record<string, string>> = {
  Where: shapeOfValues,
  Unique: shapeOfValues,
  UniqueV2: shapeOfValues,
  SegmentSum: shapeOfValues,
  NonMaxSuppressionV3: shapeOfValues,
  NonMaxSuppressionV4: shapeOfValues,
  NonMaxSuppressionV5: shapeOfValues,
  DecodeBmp: shapeOfValues,
  DecodeGif: shapeOfValues,
  DecodeJpeg: shapeOfValues,
  DecodePng: shapeOfValues,
  Multinomial: random,
  RandomStandardNormal: random,
  RandomUniform: random,
  RandomUniformInt: random,
  TruncatedNormal: random,
  EncodeJpeg: files,
  EncodePng: files,
  SummaryWriter: files,
  CreateSummaryFileWriter: files,
  WriteScalarSummary: files,
  WriteSummary: files,
  FlushSummaryWriter: files,
};
