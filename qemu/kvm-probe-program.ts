/** How far the probe got: it writes the stage's digit to the debug console (port 0xe9) when it enters it. */
export const KVM_PROBE_STAGES: ReadonlyMap<string, string> = new Map([
  ['1', 'real mode'],
  ['2', 'protected mode'],
  ['3', 'long mode with paging'],
  ['4', 'an exception'],
  ['5', 'user mode'],
  ['6', 'a system call'],
  ['7', 'a timer interrupt'],
  ['8', 'the end'],
]);

/** What qemu exits with after the last stage: the probe writes 0x2a to isa-debug-exit, which makes 2 * 0x2a + 1 of it. */
export const KVM_PROBE_SUCCESS = 85;

/** 765 bytes of x86 machine code, made for this purpose, that does what a kernel does while it boots. */
const CODE =
  '+vywMebpMcCO0LwAcC5mDwEW+AIPIMAMAQ8iwGbqJAAPAAgAZrgQAI7YjsCO0LwAcAAAsDLm6b8AEAAAuQAMAAAxwPOrxwUAEAAA' +
  'ByAAAMcFACAAAAcwAADHBQAwAACHAAAADyDgDSAGAAAPIuC4ABAAAA8i2LmAAADADzINAQEAAA8wDyDAg+D7DQIAAIAPIsDqmQAP' +
  'ABgAsDPm6Wa4IACO0I7YSMfEAHAAAEjHxwBQAABIx8EAAgAASDHA80irSI0EJXMCDwBIx8cAUgAA6LsBAABIjQQlawIPAEjHxzBQ' +
  'AADopwEAAGbHBCXwTwAA/w9Ix8AAUAAASIkEJfJPAAAPARwl8E8AADHAD6IPMcxIx8a4Ag8ASMfHAEAAAEjHwQgAAADzSKVIx8cA' +
  'SAAASMfBEAAAAEgxwPNIq0jHwABoAABIiQQlBEgAAGbHBCVmSAAAaABIuGcAAEgAiQAASIkEJUBAAABIxwQlSEAAAAAAAABmxwQl' +
  '8E8AAE8ASMfAAEAAAEiJBCXyTwAADwEUJfBPAABmuEAADwDYuYEAAMAxwLoYACMADzC5ggAAwLjkAQ8AMdIPMLmEAADAuAACAAAx' +
  '0g8waitoAGAAAGgCMAAAajNIx8DdAQ8AUEjPsDXm6Q8F9EjHxABwAABmuCAAjtCwNubpSMcEJRggAAAHgAAASLgAAOD+AAAAALiD' +
  'AOD+g8gQSIkEJbiPAABIx8AAEAAADyLYsP/mIeahSLsAAOD+AAAAAMeD8AAAAP8BAADHg+ADAAALAAAAx4MgAwAAIAAAAMeDgAMA' +
  'AKCGAQD79LA45umwKub0+vTr/FCwNObpWEjPULA35ulIuAAA4P4AAAAAx4CwAAAAAAAAAFhIz2aJB2bHRwIYAGbHRwQAjkjB6BBm' +
  'iUcGx0cIAAAAAMdHDAAAAADDjXQAAAAAAAAAAAD//wAAAJvPAP//AAAAk88A//8AAACbrwD//wAAAJPPAP//AAAA888A//8AAAD7' +
  'rwAAAAAAAAAAAD8AuAIP';

const IMAGE_BYTES = 65_536;
const RESET_VECTOR = 0xfff0;
/** A far jump to f000:0000, the start of the image. */
const JUMP_TO_START = Buffer.of(0xea, 0x00, 0x00, 0x00, 0xf0);

/** The probe as a firmware image for qemu's `-bios`. */
export function buildKvmProbeImage(): Buffer {
  const image = Buffer.alloc(IMAGE_BYTES);
  image.set(Buffer.from(CODE, 'base64'), 0);
  image.set(JUMP_TO_START, RESET_VECTOR);
  return image;
}
