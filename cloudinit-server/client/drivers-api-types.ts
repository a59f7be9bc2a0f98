import type { InstanceIdPolicy } from '../render/instance-id.ts';
import type { SeedFile } from '../seed-files.ts';

/**
 * What drivers and the seed server say to each other, in JSON's names as they go over the wire. A VM is named by its
 * identity (`default/distro-vm/vm/vm/0`), percent-encoded in the path: `/v1/vms/:identity`.
 */

/** How the guest gets its seed: by its URL, or on a disk that the driver makes. */
export const DELIVERIES = ['http', 'disk'] as const;

export type Delivery = (typeof DELIVERIES)[number];

/** Bytes of a request's body. */
export const MAX_API_BODY_BYTES = 2 * 1024 * 1024;

/** Bytes of `console_tail`, in UTF-8. */
export const MAX_CONSOLE_TAIL_BYTES = 16 * 1024;

/** Seconds that a request for events waits at most. */
export const MAX_EVENTS_WAIT_SECONDS = 60;

/** `PUT /v1/vms/:identity`: a VM is about to start, or has been started and is told of again. */
export interface RegistrationRequest {
  /** Path of its folder among the seeds; null for a VM whose files all come with the registration. */
  readonly seed: string | null;
  /** Contents that win over the folder's files of the same name. */
  readonly files: Readonly<Partial<Record<SeedFile, string>>>;
  /**
   * Of its NICs that are members of a network by themselves, in their order, lower case with colons. Not those behind
   * the node's own address (user mode), as the server refuses requests that come from another MAC address.
   */
  readonly mac_addresses: readonly string[];
  readonly uuid: string;
  readonly namespace: string;
  readonly job: string;
  readonly group: string;
  readonly task: string;
  /** Of the allocation in its group, from 0. */
  readonly index: number;
  readonly alloc_id: string;
  /** Nomad's name of the node. */
  readonly node: string;
  readonly instance_id: InstanceIdPolicy;
  readonly delivery: Delivery;
  /** The server as the guest reaches it, such as `http://10.77.0.1:8000`. */
  readonly guest_url: string;
}

/** What a registered VM is given. */
export interface Registration {
  /** Such as `/-/vm/TOKEN/`, below the server's address. A secret: who knows it gets the seed. */
  readonly seed_path: string;
  readonly instance_id: string;
  /** For a disk: all four as the guest gets them. Null with delivery by URL. */
  readonly files: Readonly<Record<SeedFile, string>> | null;
  /** What the author should know of the seed. */
  readonly findings: readonly RegistrationFinding[];
}

/** Something about a seed that its author should know. */
export interface RegistrationFinding {
  readonly file: SeedFile;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

/** `POST /v1/vms/:identity/reports`: what the driver has seen of a VM that runs. Every part but the first may be left out. */
export interface DriverReport {
  readonly alloc_id: string;
  readonly address?: ReportedAddress;
  /** The console's newest text, at most {@link MAX_CONSOLE_TAIL_BYTES}; replaces what was told before. */
  readonly console_tail?: string;
  /** As the guest printed them, such as `ssh-ed25519 AAAA…`. */
  readonly host_keys?: readonly string[];
}

/** Where a guest is, and how the driver knows. */
export interface ReportedAddress {
  /** From 0. */
  readonly nic: number;
  readonly mac_address: string;
  readonly address: string;
  /** Such as `guest agent`. */
  readonly source: string;
}

/** Something that the server learned of a registered VM. `at` is ISO 8601, in UTC. */
export type VmEvent = {
  /** Grows with each event; where to go on after it. */
  readonly cursor: number;
  readonly at: string;
  readonly identity: string;
  readonly alloc_id: string;
} & VmEventBody;

/** What it learned. */
export type VmEventBody =
  /** The guest asked for its seed, or reported, from this address: once for each boot, and at each change. */
  | {
      readonly kind: 'address';
      readonly address: string;
      /** Null where the server cannot see the guest's network. */
      readonly mac_address: string | null;
      readonly source: AddressSource;
    }
  /** cloud-init has ended, and no step of it failed. */
  | { readonly kind: 'ready'; readonly took_s: number }
  /** cloud-init has ended; these steps failed. */
  | { readonly kind: 'failed'; readonly steps: readonly string[]; readonly took_s: number }
  /** Nothing was heard for too long, or it restarts all the time. `reason` says what to do. */
  | { readonly kind: 'stuck'; readonly reason: string }
  /** The guest has told other ssh host keys than before. */
  | { readonly kind: 'host-keys-changed' };

/** How the server learned where a guest is; a guest that remembers its seed asks for none. */
export type AddressSource = 'seed request' | 'boot report';

export type VmEventKind = VmEventBody['kind'];

/** Why the server refused a request. */
export type ApiErrorCode =
  | 'token-refused'
  | 'seed-unknown'
  | 'registration-invalid'
  | 'report-invalid'
  | 'query-invalid'
  | 'vm-unknown'
  | 'allocation-other'
  | 'body-too-large'
  | 'not-found'
  | 'unavailable';

/** Every answer that is none of 2xx. */
export interface ApiError {
  /** One line for people. */
  readonly error: string;
  readonly code: ApiErrorCode;
  /** Of what is invalid: all that is. */
  readonly problems?: readonly ApiProblem[];
}

/** What is wrong with one field. */
export interface ApiProblem {
  /** Such as `mac_addresses[0]`. */
  readonly path: string;
  readonly message: string;
}
