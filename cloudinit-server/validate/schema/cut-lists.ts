import { isMap } from '../record.ts';

/**
 * A copy of a value whose lists end when so many values are in it. None is left empty, and maps stay whole, as what is
 * left out could be what has to be there.
 */
export function cutLists(value: unknown, maxValues: number): unknown {
  let left = maxValues;
  const copy = (one: unknown): unknown => {
    left -= 1;
    if (Array.isArray(one)) {
      const items: unknown[] = [];
      for (const item of one) {
        if (left <= 0 && items.length > 0) break;
        items.push(copy(item));
      }
      return items;
    }
    if (!isMap(one)) return one;
    return Object.fromEntries(Object.entries(one).map(([key, item]) => [key, copy(item)]));
  };
  return copy(value);
}
