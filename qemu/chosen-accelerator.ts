/**
 * Whether raw arguments choose the accelerator, so that none may be passed beside them: qemu refuses `-accel` together with
 * the `accel` of `-machine`, which `-enable-kvm` sets too, and takes several `-accel` for a list to try in turn.
 */
export function choosesAccelerator(args: readonly string[]): boolean {
  return args.some((word, index) => {
    if (/^--?(accel|enable-kvm)$/.test(word)) return true;
    return /^--?(machine|M)$/.test(args[index - 1] ?? '') && /(^|,)accel=/.test(word);
  });
}
