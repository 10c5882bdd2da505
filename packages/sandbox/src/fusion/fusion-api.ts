import { z } from 'zod';

// The requests and answers of Sandbox Fusion's HTTP API (Apache-2.0), as its clients expect them.

/** Languages of the API; a server runs some of them. */
const fusionLanguages = [
  'python',
  'cpp',
  'nodejs',
  'go',
  'go_test',
  'java',
  'php',
  'csharp',
  'bash',
  'typescript',
  'sql',
  'rust',
  'cuda',
  'lua',
  'R',
  'perl',
  'D_ut',
  'ruby',
  'scala',
  'julia',
  'pytest',
  'junit',
  'kotlin_script',
  'jest',
  'verilog',
  'python_gpu',
  'lean',
  'swift',
  'racket',
] as const;

const base64Files = z.record(z.string(), z.string().nullable());
const seconds = z.number().nonnegative().max(3600);

/** Body of `POST /run_code`. */
export const runCodeRequest = z.object({
  code: z.string().describe('the code to run'),
  language: z.enum(fusionLanguages).describe('the language or execution mode'),
  stdin: z.string().nullable().default(null).describe('text to pass into stdin'),
  compile_timeout: seconds.default(10).describe('seconds to compile'),
  run_timeout: seconds.default(10).describe('seconds to run'),
  memory_limit_MB: z.int().default(-1).describe('memory in MiB; -1 = the default of the server'),
  files: base64Files.default({}).describe('files by path, base64'),
  fetch_files: z.array(z.string()).default([]).describe('paths of files to return after the run'),
});

/** What a command did. */
export const commandResult = z.object({
  status: z.enum(['Finished', 'Error', 'TimeLimitExceeded']),
  execution_time: z.number().nullable().default(null).describe('seconds'),
  return_code: z.int().nullable().default(null),
  stdout: z.string().nullable().default(null),
  stderr: z.string().nullable().default(null),
});

const runStatus = z.enum(['Success', 'Failed', 'SandboxError']);

/** Answer of `POST /run_code`. */
export const runCodeResponse = z.object({
  status: runStatus,
  message: z.string().describe('why, for SandboxError; empty otherwise'),
  compile_result: commandResult.nullable().default(null),
  run_result: commandResult.nullable().default(null),
  executor_pod_name: z.string().nullable().default(null),
  files: z.record(z.string(), z.string()).default({}).describe('files asked for, base64'),
});

/** Body of `POST /run_jupyter`. */
export const runJupyterRequest = z.object({
  cells: z.array(z.string()).describe('code of the cells, run in order in one process'),
  cell_timeout: seconds.default(0).describe('seconds for each cell; 0 = no limit but the total'),
  total_timeout: seconds.default(45).describe('seconds for all cells'),
  memory_limit_MB: z.int().default(-1).describe('memory in MiB; -1 = the default of the server'),
  kernel: z.literal('python3').default('python3'),
  files: z.record(z.string(), z.string()).default({}).describe('files by path, base64'),
  fetch_files: z.array(z.string()).default([]).describe('paths of files to return after the run'),
});

const anyObject = z.record(z.string(), z.unknown());

/** Answer of `POST /run_jupyter`. */
export const runJupyterResponse = z.object({
  status: runStatus,
  message: z.string(),
  driver: commandResult.nullable().default(null),
  cells: z
    .array(z.object({ stdout: z.string(), stderr: z.string(), display: z.array(anyObject), error: z.array(anyObject) }))
    .default([]),
  executor_pod_name: z.string().nullable().default(null),
  files: z.record(z.string(), z.string()).default({}),
});

const rowId = z.union([z.int(), z.string()]);

/** How a data set is used. Keys this server does not read are let through. */
const testConfig = z.looseObject({
  dataset_type: z.string().nullish(),
  language: z.string().nullish(),
  compile_timeout: z.number().nullish(),
  run_timeout: z.number().nullish().describe('seconds; default 20'),
  custom_extract_logic: z.string().nullish().describe('not supported here'),
  provided_data: z
    .union([z.array(anyObject), anyObject])
    .nullish()
    .describe('rows to use instead of the data set'),
  extra: anyObject.default({}),
});

/** Body of `POST /list_ids` and `POST /get_prompts`. */
export const promptsRequest = z.object({
  dataset: z.string(),
  config: testConfig.prefault({}),
  offset: z.int().nonnegative().default(0),
  limit: z.int().nonnegative().default(1_000_000),
});

/** Body of `POST /get_prompt_by_id`. */
export const promptRequest = z.object({ dataset: z.string(), id: rowId, config: testConfig.prefault({}) });

/** An exercise. */
export const promptResponse = z.object({ id: rowId, prompt: z.string(), labels: anyObject.default({}) });

/** Body of `POST /submit`. */
export const submitRequest = z.object({
  dataset: z.string(),
  id: rowId,
  completion: z.string().describe('what a model answered'),
  config: testConfig.prefault({}),
});

/** Answer of `POST /submit`. */
export const submitResponse = z.object({
  id: rowId,
  accepted: z.boolean(),
  extracted_code: z.string(),
  full_code: z.string().nullable().default(null),
  test_code: z.string().nullable().default(null),
  tests: z.array(
    z.object({ passed: z.boolean(), exec_info: runCodeResponse, test_info: anyObject.nullable().default(null) }),
  ),
});

/** The body of an answer to a request that is not valid, as FastAPI writes it. */
export const validationErrorResponse = z.object({
  detail: z.array(
    z.object({
      type: z.string(),
      loc: z.array(z.union([z.string(), z.number()])),
      msg: z.string(),
      input: z.unknown(),
    }),
  ),
});

/** The body of other errors. */
export const errorResponse = z.object({ detail: z.string(), traceback: z.string().optional() });

export type RunCodeRequest = z.infer<typeof runCodeRequest>;
export type RunCodeResponse = z.infer<typeof runCodeResponse>;
export type CommandResult = z.infer<typeof commandResult>;
export type RunJupyterRequest = z.infer<typeof runJupyterRequest>;
export type RunJupyterResponse = z.infer<typeof runJupyterResponse>;
export type SubmitRequest = z.infer<typeof submitRequest>;
export type SubmitResponse = z.infer<typeof submitResponse>;
export type Prompt = z.infer<typeof promptResponse>;
