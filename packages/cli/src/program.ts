import { Command, InvalidArgumentError, Option } from 'commander';
import type { CliContext } from './cli-context.ts';
import type { ConfigCommandOptions } from './commands/config.ts';
import type { DoctorOptions } from './commands/doctor.ts';
import type { EvalCommandOptions } from './commands/eval.ts';
import type { ExportModelOptions } from './commands/export-model.ts';
import type { GatewayCommandOptions } from './commands/gateway.ts';
import type { InspectOptions } from './commands/inspect.ts';
import type { RewardsCheckOptions } from './commands/rewards-check.ts';
import type { SandboxServerCommandOptions } from './commands/sandbox-server.ts';
import type { ServeRewardsOptions } from './commands/serve-rewards.ts';
import type { SetupOptions } from './commands/setup.ts';
import type { TrainCommandOptions } from './commands/train.ts';
import { packageVersion } from './package-version.ts';

/**
 * The command line: names, options and help. Each command's code is loaded when the command runs, so that
 * `rlloom --help` loads neither tfjs nor zod.
 */
export function createProgram(context: CliContext): Command {
  const program = new Command('rlloom')
    .description('Reinforcement learning for language models, in TypeScript, on one machine.')
    .version(packageVersion())
    .option('--debug', 'on an error, print the stack as well')
    .showHelpAfterError('(run with --help for the options)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHelpWidth: () => context.stdout.columns ?? 100,
      getErrHelpWidth: () => context.stderr.columns ?? 100,
    });

  addTrain(program, context);
  addEval(program, context);
  addDoctor(program, context);
  addSetup(program, context);
  addConfig(program, context);
  addInspect(program, context);
  addModel(program, context);
  addServeRewards(program, context);
  addGateway(program, context);
  addSandboxServer(program, context);
  addRewards(program, context);
  return program;
}

function addTrain(program: Command, context: CliContext): void {
  withRunConfig(program.command('train'))
    .description('run the stages of a configuration: SFT if asked for, then RLVR')
    .option('--resume [checkpoint]', 'go on from the newest checkpoint, or from the one named')
    .option('--overwrite', 'start over where a run of this name exists')
    .action(async (overrides: string[], options: TrainCommandOptions) => {
      const { trainCommand } = await import('./commands/train.ts');
      await trainCommand(overrides, options, context);
    });
}

function addEval(program: Command, context: CliContext): void {
  withRunConfig(program.command('eval'))
    .description('answer the evaluation tasks of a configuration greedily and score them')
    .option('--model <folder>', 'evaluate this model folder, or owner/name of the hub, instead of model.pretrain')
    .option('--json', 'print the metrics as JSON')
    .action(async (overrides: string[], options: EvalCommandOptions) => {
      const { evalCommand } = await import('./commands/eval.ts');
      await evalCommand(overrides, options, context);
    });
}

function addDoctor(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .description('show what this machine offers, which backend is chosen and why, and what to do about it')
    .addOption(
      new Option('--backend <name>', 'tensor backend to try')
        .choices(['auto', 'tfjs-node-gpu', 'tfjs-node', 'wasm', 'cpu', 'webgpu'])
        .default('auto'),
    )
    .option('--json', 'print the findings as JSON')
    .action(async (options: DoctorOptions) => {
      const { doctorCommand } = await import('./commands/doctor.ts');
      await doctorCommand(options, context);
    });
}

function addSetup(program: Command, context: CliContext): void {
  program
    .command('setup')
    .description("build the native TensorFlow backend into the user's cache folder; may be run again at any time")
    .addOption(
      new Option('--backend <kind>', 'cpu, or gpu for NVIDIA cards').choices(['cpu', 'gpu']).makeOptionMandatory(),
    )
    .option('--force', 'start from nothing, even if it is there already')
    .action(async (options: SetupOptions) => {
      const { setupCommand } = await import('./commands/setup.ts');
      await setupCommand(options, context);
    });
}

function addConfig(program: Command, context: CliContext): void {
  const config = program.command('config').description('look at a run configuration without running it');
  withRunConfig(config.command('explain'))
    .description('print every value, where it comes from, and the batch arithmetic')
    .option('--json', 'print it as JSON')
    .action(async (overrides: string[], options: ConfigCommandOptions) => {
      const { explainCommand } = await import('./commands/config.ts');
      await explainCommand(overrides, options, context);
    });
  withRunConfig(config.command('validate'))
    .description('check keys, values and rules; exit code 2 with every problem if something is wrong')
    .action(async (overrides: string[], options: ConfigCommandOptions) => {
      const { validateCommand } = await import('./commands/config.ts');
      await validateCommand(overrides, options, context);
    });
  config
    .command('schema')
    .description('print the JSON Schema of a run configuration, for completion in editors')
    .action(async () => {
      const { schemaCommand } = await import('./commands/config.ts');
      schemaCommand(context);
    });
}

function addInspect(program: Command, context: CliContext): void {
  program
    .command('inspect')
    .description(
      'show what a run folder, a model folder, a data file, a trajectory file or an audit log of rewards holds',
    )
    .argument('<path>', 'what to look into')
    .option('--step <n>', 'trajectories: the step to show (default: the last)', wholeNumber)
    .option('--group <n>', 'trajectories: the group in that step, from 0', wholeNumber)
    .option('--sample <n>', 'trajectories: the sample in that group, from 0', wholeNumber)
    .option('--model <folder>', "trajectories: whose tokenizer gives ids their text (default: the run's)")
    .action(async (path: string, options: InspectOptions) => {
      const { inspectCommand } = await import('./commands/inspect.ts');
      await inspectCommand(path, options, context);
    });
}

function addModel(program: Command, context: CliContext): void {
  const model = program
    .command('model')
    .description('look at a model without running it, or write it for another program');
  model
    .command('inspect')
    .description('print family, parameters, types, context length, memory by method, tokenizer and chat template')
    .argument('<folder>', 'a Hugging Face model folder, or a model of the hub as owner/name')
    .action(async (folder: string) => {
      const { inspectModelCommand } = await import('./commands/inspect-model.ts');
      await inspectModelCommand(folder, context);
    });
  model
    .command('export')
    .description(
      "write a model as one GGUF file for llama.cpp, with its tokenizer, or an adapter for such a model's file, or an adapter merged into its model",
    )
    .argument('<folder>', 'a Hugging Face model folder, a model of the hub as owner/name, or the folder of an adapter')
    .option('--gguf <file>', 'the GGUF file to write')
    .option('--folder <folder>', 'the Hugging Face folder to write, in float32')
    .addOption(
      new Option('--dtype <type>', 'number type of matrices')
        .choices(['f32', 'f16', 'bf16', 'q8_0', 'q4_0'])
        .default('f16'),
    )
    .option('--adapter <folder>', 'write this PEFT adapter in place of the model')
    .action(async (folder: string, options: ExportModelOptions) => {
      const { exportModelCommand } = await import('./commands/export-model.ts');
      await exportModelCommand(folder, options, context);
    });
}

function addServeRewards(program: Command, context: CliContext): void {
  withRunConfig(program.command('serve-rewards'))
    .description('answer requests for rewards over HTTP, for trainers of any kind, until interrupted')
    .action(async (overrides: string[], options: ServeRewardsOptions) => {
      const { serveRewardsCommand } = await import('./commands/serve-rewards.ts');
      await serveRewardsCommand(overrides, options, context);
    });
}

function addSandboxServer(program: Command, context: CliContext): void {
  program
    .command('sandbox-server')
    .description("answer Sandbox Fusion's HTTP API on the code sandbox of this machine, until interrupted")
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port to listen on; 0 = any', wholeNumber, 8080)
    .addOption(new Option('--token <text>', 'asked for as "Authorization: Bearer"').conflicts('tokenEnv'))
    .option('--token-env <name>', 'environment variable that holds the token, which others then cannot see')
    .addOption(
      new Option('--isolation <kind>', 'how programs are kept in; none is for code that is trusted')
        .choices(['auto', 'bubblewrap', 'landlock', 'none'])
        .default('auto'),
    )
    .option('--concurrency <n>', 'programs at the same time (default: the cores)', wholeNumber)
    .option('--memory-mb <n>', 'memory of a request that names none', wholeNumber, 1024)
    .option('--dataset <name=path>', 'data set for /submit: HumanEval, MBPP or MultiPL-E; may be repeated', collect, [])
    .action(async (options: SandboxServerCommandOptions) => {
      const { sandboxServerCommand } = await import('./commands/sandbox-server.ts');
      await sandboxServerCommand(options, context);
    });
}

function addGateway(program: Command, context: CliContext): void {
  withRunConfig(program.command('gateway'))
    .description('answer agents as an OpenAI endpoint, and record their sessions as trajectories, until interrupted')
    .action(async (overrides: string[], options: GatewayCommandOptions) => {
      const { gatewayCommand } = await import('./commands/gateway.ts');
      await gatewayCommand(overrides, options, context);
    });
}

function addRewards(program: Command, context: CliContext): void {
  const rewards = program.command('rewards').description('look at rewards without a run');
  rewards
    .command('check')
    .description('judge responses whose verdict is known; list what is judged otherwise and end with exit code 7')
    .argument('<file>', 'records with "response" and "expected", or with lists "correct", "incorrect", "unverifiable"')
    .argument('[overrides...]', 'key.path=value of the configuration')
    .option('--config-path <folder>', 'folder of a configuration with a rewards group')
    .option('--config-name <name>', 'file in that folder, with or without .yaml')
    .option('--reward <type>', 'one reward for all cases: a type, or a file with defineReward (default: math_rule)')
    .option('--json', 'print what was found as JSON')
    .action(async (file: string, overrides: string[], options: RewardsCheckOptions) => {
      const { rewardsCheckCommand } = await import('./commands/rewards-check.ts');
      await rewardsCheckCommand({ file, overrides }, options, context);
    });
}

/** The arguments that name a run configuration, alike for every command that takes one. */
function withRunConfig(command: Command): Command {
  return command
    .argument('[overrides...]', 'key.path=value, +key.path=value for a new key, ~key.path to remove one')
    .requiredOption('--config-path <folder>', 'folder of configuration files (--config_path works as well)')
    .requiredOption('--config-name <name>', 'file in that folder, with or without .yaml (--config_name works as well)');
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number, 0 or more.');
  return Number(text);
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
