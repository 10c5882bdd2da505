import type { Kind } from './kinds.ts';
import type { Algorithm, NamedRecord, Parameter, Property } from './read-catalogue.ts';
import { withImports } from './with-imports.ts';

const notice =
  '<!-- Written by `npm run algorithms` from the doc comments of packages/core: change those, not this. -->';

/** A page of the algorithms of one kind. */
export function renderPage(kind: Kind, algorithms: readonly Algorithm[], plots: ReadonlySet<string>): string {
  const list = algorithms.map(
    ({ names, functionName }) => `- [${names.join(', ')}](#${names[0]}): \`${functionName}\``,
  );
  return [
    notice,
    `# ${kind.title}`,
    `${kind.about} By name: \`${kind.map}\` of \`@rlloom/core\`.`,
    ...(kind.plots === undefined ? [] : [kind.plots]),
    list.join('\n'),
    ...algorithms.map((algorithm) => section(algorithm, plots)),
    ...recordsOf(algorithms).map(recordSection),
  ]
    .join('\n\n')
    .concat('\n');
}

/** The first page: every kind with its algorithms and papers. */
export function renderIndex(
  pages: readonly { readonly kind: Kind; readonly algorithms: readonly Algorithm[] }[],
): string {
  const kinds = pages.map(({ kind, algorithms }) => {
    const rows = algorithms.map(
      ({ names, functionName, description }) =>
        `| [${names.join(', ')}](${kind.file}#${names[0]}) | \`${functionName}\` | ${papers(description).join(', ') || '—'} |`,
    );
    return [
      `## [${kind.title}](${kind.file})`,
      `${kind.about} \`${kind.map}\` of \`@rlloom/core\`.`,
      ['| name | function | papers |', '| --- | --- | --- |', ...rows].join('\n'),
    ].join('\n\n');
  });
  return [
    notice,
    '# Algorithms',
    `Every algorithm of \`@rlloom/core\` by the name it has in the field: formula, options, who computes it differently, an
example that is executed by the tests, and for losses how they look. Numbers are held to verl, TRL and torch by
\`npm run conformance\`. What whole libraries decide differently: \`presets\` and \`diffPresets\`.`,
    `What an advantage of +1 and of −1 does to a token, by loss: the gradient for its log-prob, which is negative where the
token becomes likelier and 0 where the loss leaves it alone.`,
    '![Gradients of losses that clip or mask the ratio](plots/overview-clipped-ratios.svg)',
    '![Gradients of losses that weight the log-prob](plots/overview-weighted-log-probs.svg)',
    ...kinds,
  ]
    .join('\n\n')
    .concat('\n');
}

function section(algorithm: Algorithm, plots: ReadonlySet<string>): string {
  const { names, functionName, file, description, parameters, returns, throws, examples } = algorithm;
  const [name = functionName] = names;
  return [
    `## ${name}`,
    ...(names.length > 1 ? [`Also: ${names.slice(1).join(', ')}.`] : []),
    `\`import { ${functionName} } from '@rlloom/core';\` ([source](../../${file}))`,
    linked(description),
    ...(plots.has(name) ? [`![How ${name} looks](plots/${name}.svg)`] : []),
    ...parameters.map(parameterText),
    ...(returns === '' ? [] : [`Returns ${linked(returns)}`]),
    ...(throws.length === 0 ? [] : [`Throws ${throws.map(linked).join('; ')}.`]),
    ...examples.map(withImports),
  ].join('\n\n');
}

function parameterText({ name, type, description, properties }: Parameter): string {
  const about = description === '' ? '' : `: ${linked(oneLine(description))}`;
  if (properties.length === 0) return `**${name}** \`${type}\`${about}`;
  return [`**${name}**${about}`, table(properties)].join('\n\n');
}

function table(properties: readonly Property[]): string {
  const rows = properties.map(({ name, type, isOptional, byDefault, description, record }) => {
    const typeCell = record === undefined ? `\`${cell(type)}\`` : `[\`${cell(type)}\`](#${record.name.toLowerCase()})`;
    const told = [description, byDefault].map((text) => cell(linked(oneLine(text))));
    return `| \`${name}${isOptional ? '?' : ''}\` | ${typeCell} | ${told.join(' | ')} |`;
  });
  return ['| | type | | default |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function recordSection({ name, description, properties }: NamedRecord): string {
  return [`## ${name}`, linked(description), table(properties)].join('\n\n');
}

function recordsOf(algorithms: readonly Algorithm[]): NamedRecord[] {
  const found = new Map<string, NamedRecord>();
  const visit = ({ record }: Property): void => {
    if (record === undefined || found.has(record.name)) return;
    found.set(record.name, record);
    record.properties.forEach(visit);
  };
  for (const { parameters } of algorithms) for (const { properties } of parameters) properties.forEach(visit);
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name));
}

function papers(text: string): string[] {
  const ids = [...text.matchAll(/arXiv:(\d{4}\.\d{4,5})/g)].map(([, id]) => id as string);
  return [...new Set(ids)].map((id) => `[${id}](https://arxiv.org/abs/${id})`);
}

function linked(text: string): string {
  return text.replaceAll(/arXiv:(\d{4}\.\d{4,5})/g, '[arXiv:$1](https://arxiv.org/abs/$1)');
}

const oneLine = (text: string): string => text.replaceAll(/\s*\n\s*/g, ' ');
const cell = (text: string): string => text.replaceAll('|', '\\|');
