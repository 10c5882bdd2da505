/** Keys of config.json that transformers 5 takes as floats only: `30` is an error to it, `30.0` is not. */
const floatKeys: ReadonlySet<string> = new Set([
  'attn_logit_softcapping',
  'final_logit_softcapping',
  'initializer_range',
  'layer_norm_epsilon',
  'rms_norm_eps',
  'router_aux_loss_coef',
]);

/** The JSON of a file that Python reads: indented, and whole numbers that it wants as floats written as such. */
export function jsonText(value: unknown): string {
  const marked = JSON.stringify(
    value,
    (key, entry: unknown) => (floatKeys.has(key) && Number.isInteger(entry) ? `${mark}${String(entry)}` : entry),
    2,
  );
  return `${marked.replaceAll(new RegExp(`"${mark}(-?\\d+)"`, 'g'), '$1.0')}\n`;
}

// A string that no configuration has.
const mark = '@float-number:';
