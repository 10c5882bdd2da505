import { build, defaultClientConditions, type Rollup } from 'vite';
import { root } from '../workspace/run.mjs';

/** A module bundled for browsers, with the ids of all files it was made from, also those that left no code. */
export interface Bundle {
  readonly code: string;
  readonly modules: readonly string[];
}

/**
 * Bundles a module given as text, as an application's build would; its packages resolve to their sources.
 *
 * @param entry the text; what it exports, the bundle exports
 * @param others texts of modules that it imports as `text:NAME`, by name
 */
export async function bundle(entry: string, others: Readonly<Record<string, string>> = {}): Promise<Bundle> {
  const texts: Readonly<Record<string, string>> = { ...others, entry };
  const modules: string[] = [];
  const output = (await build({
    root,
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['@rlloom/source', ...defaultClientConditions] },
    plugins: [
      {
        name: 'modules-from-text',
        resolveId: (id) => (id.startsWith('text:') ? `\0${id}` : undefined),
        load: (id) => (id.startsWith('\0text:') ? texts[id.slice('\0text:'.length)] : undefined),
        buildEnd() {
          modules.push(...[...this.getModuleIds()].filter((id) => !id.startsWith('\0text:')));
        },
      },
    ],
    build: {
      write: false,
      minify: false,
      modulePreload: false,
      rollupOptions: { input: 'text:entry', preserveEntrySignatures: 'strict', output: { format: 'es' } },
    },
  })) as Rollup.RollupOutput;
  return { code: output.output[0].code, modules: modules.sort() };
}
