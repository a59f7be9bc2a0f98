import fc from 'fast-check';
import { fuzzRuns } from './fuzz-runs.ts';

// For properties that say nothing of it; 100 is what fast-check does by itself.
fc.configureGlobal({ numRuns: fuzzRuns(100) });
