import type { KnownVms } from './ground.ts';
import type { LoadGuest } from './load-order.ts';

/** A server, and what is done to it meanwhile. */
export type Contestant =
  | { readonly name: string; readonly server: 'nginx' | 'fastify' }
  | {
      readonly name: string;
      readonly server: 'ours';
      readonly known: KnownVms;
      /** Seeds are saved while they are served. */
      readonly isEdited?: true;
      /** Pages for people are asked for all the time. */
      readonly isPolled?: true;
      /** It has just been started, as after a power cut; the others are warmed up. */
      readonly isCold?: true;
    };

/** Boots of one kind against servers in turns. */
export interface Scenario {
  readonly title: string;
  readonly pace: LoadGuest['pace'];
  readonly contestants: readonly Contestant[];
}

/** What is compared. @param known VMs that the server knows in the cases of many */
export function buildScenarios(boots: number, known: number): readonly Scenario[] {
  const rivals: readonly Contestant[] = [
    { name: 'nginx, static files', server: 'nginx' },
    { name: 'bare fastify, from memory', server: 'fastify' },
    { name: OURS, server: 'ours', known: 'few' },
  ];
  const many = { server: 'ours', known: 'many' } as const;
  const registered = { server: 'ours', known: 'registered' } as const;
  return [
    {
      title: `${boots} boots, every request sent as soon as the one before is answered: throughput`,
      pace: 'burst',
      contestants: [
        ...rivals,
        { ...many, name: `${OURS}, ${known} VMs known` },
        { ...registered, name: `${OURS}, ${known} registered` },
        { ...many, name: `${OURS}, ${known} known, 50 edits/s`, isEdited: true },
        { ...many, name: `${OURS}, ${known} known, page open`, isPolled: true },
      ],
    },
    {
      title: `${boots} boots begun within 1 s, requests when the recorded guests sent them: what guests wait for`,
      pace: 'paced',
      contestants: [
        ...rivals,
        { server: 'ours', known: 'few', name: `${OURS}, just started`, isCold: true },
        { ...registered, name: `${OURS}, ${known} registered` },
        { ...many, name: `${OURS}, ${known} known, 50 edits/s, page open`, isEdited: true, isPolled: true },
      ],
    },
  ];
}

const OURS = 'nomad-vm serve';
