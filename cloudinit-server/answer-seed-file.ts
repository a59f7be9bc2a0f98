import { readCloudInitVersion } from './boot/cloud-init-version.ts';
import { readMessage, SeedError } from './errors.ts';
import type { GuestAnswer } from './guests/guest-answer.ts';
import type { GuestRequest } from './guests/guest-request.ts';
import { holdUntilAnswered } from './hold.ts';
import { describeFailure } from './http-errors.ts';
import type { ServerLimits } from './limits.ts';
import type { SeedObserver } from './observe/seed-observer.ts';
import type { RenderedFile, RenderTarget } from './render/render-target.ts';
import type { SeedRenderer } from './render/seed-renderer.ts';
import { readAddress, readRequestFacts } from './request-facts.ts';
import { isIdentityFile, type SeedFile } from './seed-files.ts';
import type { ServerLog } from './server-log.ts';
import { compareVersions } from './validate/schema/compare-versions.ts';
import { buildGuestBaseUrl } from './vendor/guest-base-url.ts';
import { readKeepsSeed } from './vendor/keeps-seed.ts';
import { describeVm } from './vm-name.ts';

/** What it takes to answer guests. */
export interface AnswerOptions {
  readonly renderer: SeedRenderer;
  readonly log: ServerLog;
  readonly limits: Pick<ServerLimits, 'holdMs' | 'holdRetryMs'>;
  /** Aborted when the server begins to stop: guests that are held get their answer at once. */
  readonly closing: AbortSignal;
  /** Undefined: guests are not asked to report, and nothing is noted of them. */
  readonly seedObserver: SeedObserver | undefined;
  /** The server as guests reach it; undefined: where each of them has connected to. */
  readonly publicUrl: string | undefined;
}

/** A file that a guest asked for. */
export interface WantedFile {
  readonly file: SeedFile;
  /** See `VmFacts.key`. */
  readonly vmKey: string;
  /** Whether the guest gets nothing but its meta-data. @default {false} */
  readonly isSealed?: boolean;
  /**
   * The VM and its files, looked up anew at each attempt.
   *
   * @throws {SeedError} `seed-unknown` when there surely is none
   */
  readonly find: () => Promise<FoundVm>;
}

/** A VM and its files. */
export interface FoundVm extends Pick<RenderTarget, 'seed' | 'vm'> {
  /** The server as this VM reaches it, where a driver has told. */
  readonly serverUrl?: string;
}

/**
 * Answers a request for a file of a VM's seed, and takes note of the answer.
 *
 * @param choose which VM's, looked up anew at each attempt
 */
export async function answerSeedFile(
  request: GuestRequest,
  file: SeedFile,
  choose: () => WantedFile,
  options: AnswerOptions,
): Promise<GuestAnswer> {
  let wanted: WantedFile | undefined;
  const attempt = async () => {
    wanted = choose();
    return renderOnce(request, wanted, options);
  };
  const describe = () => ({ ...readRequestFacts(request), ...(wanted && describeVm(wanted.vmKey)), file });
  const note = async (status: number, rendered: RenderedFile) => {
    if (wanted !== undefined) await noteAnswer(request, wanted, { status, ...rendered }, options);
  };
  const { log } = options;
  const tell = (message: string, error: unknown) => {
    const code = error instanceof SeedError ? error.code : undefined;
    log.error(message, { ...describe(), code, reason: readMessage(error) });
  };
  const rendered = await render(request, file, { attempt, tell }, options).catch(async (error: unknown) => {
    if (describeFailure(error).isServerFault) await note(503, NOTHING);
    throw error;
  });
  await note(200, rendered);
  const { body, notes } = rendered;
  for (const { message, reason } of notes) log.warn(message, { ...describe(), reason });
  const took_ms = Math.round(request.elapsedMs());
  log.info('seed file served', { ...describe(), bytes: body.length, took_ms });
  return { status: 200, type: 'text/yaml; charset=utf-8', body };
}

const NOTHING: RenderedFile = { body: Buffer.alloc(0), asksForReports: false, notes: [] };

async function noteAnswer(
  request: GuestRequest,
  { vmKey, file, isSealed = false }: WantedFile,
  { status, body, asksForReports }: RenderedFile & { readonly status: number },
  { seedObserver, publicUrl }: AnswerOptions,
): Promise<void> {
  // HEAD is no guest's.
  if (request.method !== 'GET' || seedObserver === undefined) return;
  await seedObserver.noteAnswer({
    vmKey,
    file,
    status,
    body,
    serverUrl: publicUrl ?? buildGuestBaseUrl(request.socket),
    isSealed: isSealed && file !== 'meta-data',
    asksForReports,
    keepsSeed: readKeepsSeed(file, body),
    address: readAddress(request.ip) ?? '',
    userAgent: request.headers['user-agent'] ?? '',
  });
}

interface Rendering {
  readonly attempt: () => Promise<RenderedFile>;
  readonly tell: (message: string, error: unknown) => void;
}

async function render(
  request: GuestRequest,
  file: SeedFile,
  { attempt, tell }: Rendering,
  { limits, closing }: AnswerOptions,
): Promise<RenderedFile> {
  try {
    return await holdUntilAnswered(attempt, {
      // HEAD comes from people and from the driver, who want to know now.
      holdMs: request.method === 'HEAD' ? 0 : limits.holdMs,
      retryMs: limits.holdRetryMs,
      mayGiveUp: error => mayBeLeftOut(file, error) || triesForEver(request),
      signals: () => [closing, request.signalWhenGone()],
      onHold: error => tell('seed not readable, guest held', error),
    });
  } catch (error) {
    if (!mayBeLeftOut(file, error) || closing.aborted) throw error;
    tell('optional seed file not readable, empty one served', error);
    return NOTHING;
  }
}

async function renderOnce(
  request: GuestRequest,
  { file, isSealed, find }: WantedFile,
  { renderer, seedObserver, publicUrl }: AnswerOptions,
): Promise<RenderedFile> {
  if (isSealed && file !== 'meta-data') return NOTHING;
  const { seed, vm, serverUrl = publicUrl ?? buildGuestBaseUrl(request.socket) } = await find();
  const vendorConfig =
    file === 'vendor-data' ? seedObserver?.buildVendorConfig(vm.key, serverUrl) : undefined;
  return renderer.render(file, { seed, vm, serverUrl, vendorConfig });
}

/**
 * Whether an empty file is better than an error: vendor-data and network-config of a seed that is there. An error
 * would delay the boot by 10 s, from cloud-init 25.1 for ever, and still give the guest nothing.
 */
function mayBeLeftOut(file: SeedFile, error: unknown): boolean {
  return error instanceof SeedError && error.code.startsWith('seed-file-') && !isIdentityFile(file);
}

/** Whether 503 makes this guest come again for as long as it takes. Any other one goes on without its seed after 10 s. */
function triesForEver({ headers }: GuestRequest): boolean {
  const version = readCloudInitVersion(headers['user-agent'] ?? '');
  return version !== undefined && compareVersions(version, '25.1') >= 0;
}
