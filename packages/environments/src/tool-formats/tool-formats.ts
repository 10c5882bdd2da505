import { RlloomError } from '@rlloom/spec';
import { hermesFormat } from './hermes.ts';
import { jsonFormat } from './json.ts';
import { llamaFormat } from './llama.ts';
import { mistralFormat } from './mistral.ts';
import type { ToolFormat } from './tool-format.ts';

/** Names of the formats that come with the package. `qwen` is `hermes`. */
export const toolFormatNames = ['hermes', 'qwen', 'llama', 'mistral', 'json'] as const;

/** The name of a format that comes with the package. */
export type ToolFormatName = (typeof toolFormatNames)[number];

const formats: Readonly<Record<ToolFormatName, ToolFormat>> = {
  hermes: hermesFormat,
  qwen: hermesFormat,
  llama: llamaFormat,
  mistral: mistralFormat,
  json: jsonFormat,
};

/**
 * A format by name; one of your own is given back.
 *
 * @throws RlloomError kind `config` for a name that is not known
 */
export function toolFormatOf(format: ToolFormatName | ToolFormat): ToolFormat {
  if (typeof format !== 'string') return format;
  const found = Object.hasOwn(formats, format) ? formats[format] : undefined;
  if (found !== undefined) return found;
  throw new RlloomError('config', {
    what: `there is no tool format "${String(format)}"`,
    where: 'environment.tool_format',
    fix: `choose one of ${toolFormatNames.join(', ')}`,
  });
}
