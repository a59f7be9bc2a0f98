import type { SeedError } from './errors.ts';
import type { SeedFile } from './seed-files.ts';

/** Where seeds come from: a folder today; a layer that remembers or composes can stand in front of it. */
export interface SeedStore {
  /**
   * Whether seeds can be read at all. Cheap: it is asked by every readiness check.
   *
   * @throws {SeedError} `seeds-folder-missing` or `seeds-folder-unreadable`
   */
  check(): Promise<void>;
  /**
   * The seed at this path, or undefined when there surely is none. Being unsure is an error, as "unknown" makes a
   * guest forget who it is.
   *
   * @param path segments joined by one `/`, or `.` for the root
   * @throws {SeedError}
   */
  findSeed(path: string): Promise<Seed | undefined>;
  /**
   * The folders of files that go under a seed's own, weakest first; those that are not there are left out. What is
   * wrong with one of them is told when its files are read.
   *
   * @param seedPath undefined for a VM without a seed
   * @throws {SeedError} `seeds-folder-missing` or `seeds-folder-unreadable`
   */
  findDefaults(seedPath: string | undefined): Promise<readonly SeedLayer[]>;
  /**
   * Every seed there is, in no particular order.
   *
   * @param report told of each folder that cannot be looked into; the others are listed all the same
   */
  listSeeds(report: (problem: SeedError) => void): AsyncIterable<Seed>;
  /** Every folder of files that go under those of seeds, as `listSeeds` does. */
  listDefaults(report: (problem: SeedError) => void): AsyncIterable<SeedLayer>;
}

/** One VM's cloud-init files as their author wrote them. */
export interface Seed extends SeedLayer {
  /** The last folder's name, also for the root. */
  readonly name: string;
}

/** A folder of cloud-init files, be it one VM's or what several share. */
export interface SeedLayer {
  /** Segments joined by one `/`, or `.` for the root; what identifies it. */
  readonly path: string;
  /**
   * The file as it is now, or undefined when it does not exist.
   *
   * @throws {SeedError} `seed-file-…`
   */
  readFile(file: SeedFile): Promise<Buffer | undefined>;
}
