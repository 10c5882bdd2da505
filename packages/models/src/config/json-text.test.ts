import { expect, it } from 'vitest';
import { jsonText } from './json-text.ts';

it('writes whole numbers as floats where transformers takes nothing else', () => {
  const config = {
    initializer_range: 1,
    rms_norm_eps: 1e-6,
    final_logit_softcapping: null,
    nested: { hidden_size: 3 },
  };
  const text = jsonText({ ...config, attn_logit_softcapping: 30 });
  expect(text).toContain('"initializer_range": 1.0,');
  expect(text).toContain('"attn_logit_softcapping": 30.0\n');
  expect(text).toContain('"hidden_size": 3\n');
  expect(JSON.parse(text)).toEqual({ ...config, attn_logit_softcapping: 30 });
});
