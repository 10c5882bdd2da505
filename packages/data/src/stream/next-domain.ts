/**
 * The domain that the next draw goes to, so that after any number of draws every domain has had its share to
 * within one: the quota method of apportionment (Balinski and Young 1975). Among the domains that are still below
 * their share, the one with the largest `share / (drawn + 1)`; the first of equals.
 *
 * @param shares positive, sum 1
 * @param drawn draws each domain has had
 *
 * @example
 * ```ts
 * nextDomain([0.75, 0.25], [0, 0]); // => 0
 * nextDomain([0.75, 0.25], [3, 0]); // => 1
 * ```
 */
export function nextDomain(shares: readonly number[], drawn: readonly number[]): number {
  const total = drawn.reduce((sum, count) => sum + count, 0);
  let best = -1;
  let bestClaim = 0;
  for (const [index, share] of shares.entries()) {
    const count = drawn[index] ?? 0;
    // The slack keeps rounding of the shares from closing every domain at once.
    if (count >= share * (total + 1) + 1e-9) continue;
    const claim = share / (count + 1);
    if (claim > bestClaim) {
      best = index;
      bestClaim = claim;
    }
  }
  return best;
}
