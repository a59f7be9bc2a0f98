const BYTES_PER_UNIT: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/**
 * Parses a disk size such as `20G`, `1.5T`, `512M` or `20GiB` into bytes; units are powers of 1024 as in qemu.
 *
 * @returns undefined for anything else: no unit (is `20` bytes or gigabytes?), nothing at all, or a size that is not
 * a whole number of 512-byte sectors.
 */
export function parseByteSize(text: string): number | undefined {
  const { number, unit } =
    /^(?<number>\d{1,9}(?:\.\d{1,9})?)(?<unit>[KMGT])(?:i?B)?$/.exec(text)?.groups ?? {};
  const factor = BYTES_PER_UNIT[unit ?? ''];
  if (factor === undefined) return undefined;
  const bytes = Number(number) * factor;
  return bytes > 0 && bytes % 512 === 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}
