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
   * Every seed there is, in no particular order.
   *
   * @param report told of each folder that cannot be looked into; the others are listed all the same
   */
  listSeeds(report: (problem: SeedError) => void): AsyncIterable<Seed>;
}

/** One VM's cloud-init files as their author wrote them. */
export interface Seed {
  /** Segments joined by one `/`, or `.` for the root; what identifies the seed. */
  readonly path: string;
  /** The last folder's name, also for the root. */
  readonly name: string;
  /**
   * The file as it is now, or undefined when it does not exist.
   *
   * @throws {SeedError} `seed-file-…`
   */
  readFile(file: SeedFile): Promise<Buffer | undefined>;
}
