import { RlloomError } from '@rlloom/spec';
import { z } from 'zod';
import { readJsonFile } from '../checkpoint/model-files.ts';

/** What {@link processImages} does; read from preprocessor_config.json. */
export interface ImageProcessorConfig {
  /** Pixels on a side of a patch. */
  readonly patchSize: number;
  /** Frames of a patch; an image is repeated that often. */
  readonly temporalPatchSize: number;
  /** Patches on a side of what becomes one token. */
  readonly mergeSize: number;
  readonly minPixels: number;
  readonly maxPixels: number;
  readonly resize: boolean;
  /** Factor of the pixel values, 1/255; `undefined` without rescaling. */
  readonly rescaleFactor: number | undefined;
  /** Per channel, `(value − mean) / deviation`; `undefined` without normalisation. */
  readonly normalisation: { readonly means: readonly number[]; readonly deviations: readonly number[] } | undefined;
}

const pixels = z.int().positive();
const perChannel = z.array(z.number()).length(3);

// Defaults are those of transformers' Qwen2VLImageProcessor.
const schema = z.looseObject({
  patch_size: pixels.default(14),
  temporal_patch_size: pixels.default(2),
  merge_size: pixels.default(2),
  min_pixels: pixels.nullish(),
  max_pixels: pixels.nullish(),
  size: z.looseObject({ shortest_edge: pixels.nullish(), longest_edge: pixels.nullish() }).nullish(),
  do_resize: z.boolean().nullish(),
  do_rescale: z.boolean().nullish(),
  do_normalize: z.boolean().nullish(),
  resample: z.int().nullish(),
  rescale_factor: z.number().positive().nullish(),
  image_mean: perChannel.nullish(),
  image_std: perChannel.nullish(),
});

const bicubic = 3;

/**
 * The configuration in a preprocessor_config.json of the Qwen2-VL kind.
 *
 * @param json the parsed file
 * @param where named in errors; default `preprocessor_config.json`
 * @throws RlloomError kind `model` for a wrong value or a filter that is not bicubic
 */
export function parseImageProcessorConfig(json: unknown, where = 'preprocessor_config.json'): ImageProcessorConfig {
  const parsed = schema.safeParse(json);
  const fix = 'take the file from the original model again';
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new RlloomError('model', {
      what: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`,
      where,
      fix,
    });
  }
  const c = parsed.data;
  if ((c.resample ?? bicubic) !== bicubic) {
    throw new RlloomError('model', {
      what: `resample = ${c.resample} is not implemented, only 3 (bicubic)`,
      where,
      fix,
    });
  }
  return {
    patchSize: c.patch_size,
    temporalPatchSize: c.temporal_patch_size,
    mergeSize: c.merge_size,
    minPixels: c.min_pixels ?? c.size?.shortest_edge ?? 56 * 56,
    maxPixels: c.max_pixels ?? c.size?.longest_edge ?? 28 * 28 * 1280,
    resize: c.do_resize ?? true,
    rescaleFactor: (c.do_rescale ?? true) ? (c.rescale_factor ?? 1 / 255) : undefined,
    normalisation:
      (c.do_normalize ?? true)
        ? { means: c.image_mean ?? clipMeans, deviations: c.image_std ?? clipDeviations }
        : undefined,
  };
}

// Of the images CLIP was trained on (arXiv:2103.00020).
const clipMeans = [0.48145466, 0.4578275, 0.40821073];
const clipDeviations = [0.26862954, 0.26130258, 0.27577711];

/**
 * Reads the image processor of a model folder: preprocessor_config.json, or the `image_processor` of
 * processor_config.json.
 *
 * @throws RlloomError kind `model` when there is neither or one is not valid
 */
export async function loadImageProcessorConfig(directory: string): Promise<ImageProcessorConfig> {
  const own = await readJsonFile(directory, 'preprocessor_config.json');
  if (own !== undefined) return parseImageProcessorConfig(own, `${directory}/preprocessor_config.json`);
  const joint = z
    .looseObject({ image_processor: z.looseObject({}) })
    .safeParse(await readJsonFile(directory, 'processor_config.json'));
  if (joint.success) return parseImageProcessorConfig(joint.data.image_processor, `${directory}/processor_config.json`);
  throw new RlloomError('model', {
    what: 'the folder has neither preprocessor_config.json nor processor_config.json',
    where: directory,
    fix: 'download the whole folder of a model that reads images',
  });
}
