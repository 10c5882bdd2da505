/**
 * All names in one text, layer and expert numbers as ranges: `model.layers.{0-3,5}.mlp.up_proj.weight`.
 *
 * @returns the names in their order, separated by commas
 */
export function listTensorNames(names: Iterable<string>): string {
  const byLastNumber = collapse([...names], (parts) => parts.findLastIndex(isNumber));
  return collapse(byLastNumber, (parts) => parts.findIndex(isNumber)).join(', ');
}

function collapse(names: readonly string[], placeOfNumber: (parts: readonly string[]) => number): string[] {
  const groups = new Map<string, number[]>();
  for (const name of names) {
    const parts = name.split('.');
    const place = placeOfNumber(parts);
    const pattern = place < 0 ? name : parts.with(place, '{}').join('.');
    const numbers = groups.get(pattern) ?? [];
    if (place >= 0) numbers.push(Number(parts[place]));
    groups.set(pattern, numbers);
  }
  return [...groups].map(([pattern, numbers]) => {
    return numbers.length > 1 ? pattern.replace('{}', `{${ranges(numbers)}}`) : pattern.replace('{}', numbers.join());
  });
}

function isNumber(part: string): boolean {
  return /^\d+$/.test(part);
}

function ranges(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && number <= last[1] + 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join();
}
