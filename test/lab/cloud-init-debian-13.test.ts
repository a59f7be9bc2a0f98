import { testRelease } from './follow-release.ts';

testRelease({
  image: 'debian-13',
  version: /^25\.1/,
  files: ['network-config', 'meta-data', 'user-data', 'vendor-data'],
  isBumped: true,
});
