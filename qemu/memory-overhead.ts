/**
 * MiB that qemu needs beside the guest's RAM: the cgroup's limit is the sum, or the kernel would kill the VM whose
 * guest uses all it was given.
 *
 * Measured with qemu 7.2: 33 to 37 MiB resident with no guest RAM touched, plus page tables and device buffers that grow
 * with the RAM; TCG adds its cache of translated code, which our arguments bound.
 */
export function memoryOverheadMib(accelerator: 'kvm' | 'tcg', memoryMib: number): number {
  return 64 + Math.ceil(memoryMib / 64) + (accelerator === 'tcg' ? TCG_CACHE_MIB + 32 : 0);
}

/** Bound of TCG's cache of translated code (`tb-size`); qemu's own default is up to 1 GiB. */
export const TCG_CACHE_MIB = 256;
