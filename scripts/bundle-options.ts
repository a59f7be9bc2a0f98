/** How the sources become one file. */
export const BUNDLE = {
  bundle: true,
  platform: 'node',
  // The executable's loader takes CommonJS only.
  format: 'cjs',
  target: 'node26',
  logLevel: 'warning',
} as const;
