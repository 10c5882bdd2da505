import { writeFileSync } from 'node:fs';
import { compileKernels, kernelsFile } from './compile.mjs';

writeFileSync(kernelsFile, await compileKernels());
