const months = 'January February March April May June July August September October November December'.split(' ');
const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

const two = (value: number, fill = '0'): string => String(value).padStart(2, fill);
const hour12 = (date: Date): number => date.getHours() % 12 || 12;
const dayOfYear = (date: Date): number =>
  Math.round(
    (Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) - Date.UTC(date.getFullYear(), 0, 0)) / 864e5,
  );

const fields: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => String(date.getFullYear()),
  y: (date) => two(date.getFullYear() % 100),
  m: (date) => two(date.getMonth() + 1),
  B: (date) => months[date.getMonth()] as string,
  b: (date) => (months[date.getMonth()] as string).slice(0, 3),
  h: (date) => (months[date.getMonth()] as string).slice(0, 3),
  d: (date) => two(date.getDate()),
  e: (date) => two(date.getDate(), ' '),
  j: (date) => String(dayOfYear(date)).padStart(3, '0'),
  A: (date) => days[date.getDay()] as string,
  a: (date) => (days[date.getDay()] as string).slice(0, 3),
  w: (date) => String(date.getDay()),
  H: (date) => two(date.getHours()),
  I: (date) => two(hour12(date)),
  M: (date) => two(date.getMinutes()),
  S: (date) => two(date.getSeconds()),
  p: (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  F: (date) => formatDate(date, '%Y-%m-%d'),
  T: (date) => formatDate(date, '%H:%M:%S'),
  '%': () => '%',
};

/**
 * A date in the notation of `strftime`, in English and local time. `%-d` drops the leading zero; what it does not know
 * stays as it is.
 */
export function formatDate(date: Date, format: string): string {
  return format.replace(/%(-?)(.)/g, (whole, dash: string, field: string) => {
    const text = fields[field]?.(date);
    if (text === undefined) return whole;
    return dash === '' ? text : text.replace(/^[0 ]+(?=.)/, '');
  });
}
