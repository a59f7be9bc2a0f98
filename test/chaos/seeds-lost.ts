import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { STATE_FILE } from '../../cloudinit-server/state/open-state.ts';
import type { Tally } from './seed-guest.ts';

/** What was answered and is not on record. */
export interface SeedsLost {
  /** Reports that were answered. */
  readonly lostReports: number;
  /** Guests that phoned home and have no host key on record. */
  readonly lostHostKeys: number;
  readonly lostRegistrations: number;
  /** Registered VMs whose boot was reported to its end, and whose driver would never hear of it. */
  readonly lostEvents: number;
}

/** Compares what was answered with what the server has on record, when it has ended. @param state its folder */
export function countLost(state: string, { reports, registered }: Tally): SeedsLost {
  using database = new DatabaseSync(join(state, STATE_FILE), { readOnly: true });
  const readKeys = (sql: string) =>
    new Set(
      database
        .prepare(sql)
        .all()
        .map(({ key }) => String(key)),
    );
  const seen = new Set(
    database
      .prepare(
        `select vm.key as key, data from
         (select boot_id, data from observation union all select boot_id, data from fresh_observation)
         join boot on boot.id = boot_id join vm on vm.id = boot.vm_id`,
      )
      .all()
      .map(({ key, data }) => {
        const { name, phase, guestSeconds } = JSON.parse(String(data));
        return `${key} ${name} ${phase} ${guestSeconds}`;
      }),
  );
  const withKeys = readKeys('select distinct vm.key as key from host_key join vm on vm.id = vm_id');
  const onRecord = readKeys('select vm.key as key from registration join vm on vm.id = vm_id');
  const ended = readKeys(
    `select distinct vm.key as key from event join vm on vm.id = vm_id where kind in ('ready', 'failed')`,
  );
  const events = reports
    .filter(({ what }) => what === 'events')
    .map(({ key, body }) => ({ key, ...JSON.parse(body) }));
  const phoned = reports.filter(({ what, body }) => what === 'phone-home' && body.includes('pub_key_'));
  const isEnd = (event: (typeof events)[number]) =>
    event.key.startsWith('vm:') && event.name === 'modules-final' && event.event_type === 'finish';
  return {
    lostReports: events.filter(
      ({ key, name, event_type: phase, timestamp }) => !seen.has(`${key} ${name} ${phase} ${timestamp}`),
    ).length,
    lostHostKeys: phoned.filter(({ key }) => !withKeys.has(key)).length,
    lostRegistrations: registered.filter(key => !onRecord.has(key)).length,
    lostEvents: events.filter(event => isEnd(event) && !ended.has(event.key)).length,
  };
}
