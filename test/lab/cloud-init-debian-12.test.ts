import { testRelease } from './follow-release.ts';

testRelease({
  image: 'debian-12',
  version: /^22\.4/,
  files: ['meta-data', 'user-data', 'vendor-data'],
  isBumped: false,
});
