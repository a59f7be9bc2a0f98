import type { NeighbourTable } from '../../../cloudinit-server/registration/neighbour-table.ts';

/** A neighbour table that is what a test says. */
export function fakeNeighbours(find: (address: string) => readonly string[]): NeighbourTable {
  return { read: find, recall: find };
}
