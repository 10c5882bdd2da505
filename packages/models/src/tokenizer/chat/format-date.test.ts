import { describe, expect, it } from 'vitest';
import { formatDate } from './format-date.ts';

describe('formatDate', () => {
  const date = new Date(2024, 11, 31, 0, 5, 9);
  it.each([
    ['%Y-%m-%d', '2024-12-31'],
    ['%A %a %B %b %h %j', 'Tuesday Tue December Dec Dec 366'],
    ['%H:%M:%S %I%p', '00:05:09 12AM'],
    ['%-H:%-M %-d %e %w %y', '0:5 31 31 2 24'],
    ['%F %T %% %Q', '2024-12-31 00:05:09 % %Q'],
    ['', ''],
  ])('%s', (format, text) => {
    expect(formatDate(date, format)).toBe(text);
  });
});
