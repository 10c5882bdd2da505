import { z } from 'zod';
import { verifierConfig } from './verifier.config.ts';

/** Options of the `group_length` reward. */
export const groupLengthConfig = z.strictObject({ verifier: verifierConfig });
