/** Arguments of an instruction as data sets write them; those that are `null` do not count. */
export type InstructionArguments = Readonly<Record<string, unknown>>;

/** Thrown when an instruction cannot be read; `message` says why. */
export class InstructionProblem extends Error {}

/** `less than` a bound, or `at least` it. */
export type Relation = (count: number) => boolean;

/** Reads the arguments of one instruction, and complains about what is missing, of another type, or unknown. */
export interface ArgumentReader {
  readonly text: (name: string) => string;
  readonly texts: (name: string) => readonly string[];
  readonly count: (name: string) => number;
  /** The relation named by `relation`, to the count named by `bound`. */
  readonly relation: (relation: string, bound: string) => Relation;
}

/** A reader of arguments, and a check that it was asked for all of them. */
export function readArguments(
  id: string,
  written: InstructionArguments,
): { readonly reader: ArgumentReader; readonly finish: () => void } {
  const left = new Set(Object.keys(written).filter((name) => written[name] !== null && written[name] !== undefined));
  const take = (name: string): unknown => {
    if (!left.delete(name) && !Object.hasOwn(written, name)) throw new InstructionProblem(`${id} needs "${name}"`);
    return written[name];
  };
  const wrong = (name: string, wanted: string): InstructionProblem =>
    new InstructionProblem(`${id}: "${name}" must be ${wanted}, not ${JSON.stringify(written[name])}`);
  const text = (name: string): string => {
    const value = take(name);
    if (typeof value !== 'string' || value === '') throw wrong(name, 'a text');
    return value;
  };
  const count = (name: string): number => {
    const value = take(name);
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw wrong(name, 'a number from 0');
    return value;
  };
  const reader: ArgumentReader = {
    text,
    count,
    texts: (name) => {
      const value = take(name);
      if (!Array.isArray(value) || value.length === 0 || !value.every((one) => typeof one === 'string' && one !== '')) {
        throw wrong(name, 'a list of texts');
      }
      return value as string[];
    },
    relation: (name, boundName) => {
      const relation = text(name);
      const bound = count(boundName);
      if (relation === 'at least') return (number) => number >= bound;
      if (relation === 'less than') return (number) => number < bound;
      throw wrong(name, '"at least" or "less than"');
    },
  };
  const finish = (): void => {
    const [unknown] = left;
    if (unknown !== undefined) throw new InstructionProblem(`${id} knows no argument "${unknown}"`);
  };
  return { reader, finish };
}
