import { SeedError } from './errors.ts';
import type { GuestAnswer } from './guests/guest-answer.ts';
import type { GuestRequest } from './guests/guest-request.ts';
import { holdUntilReadable } from './hold.ts';
import type { ServerLimits } from './limits.ts';
import type { SeedObserver } from './observe/seed-observer.ts';
import type { RenderedFile, RenderTarget } from './render/render-target.ts';
import type { SeedRenderer } from './render/seed-renderer.ts';
import { readAddress, readRequestFacts } from './request-facts.ts';
import { isIdentityFile, type SeedFile } from './seed-files.ts';
import type { ServerLog } from './server-log.ts';
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

/** Answers a request for a file of a VM's seed, and takes note of the answer. */
export async function answerSeedFile(
  request: GuestRequest,
  wanted: WantedFile,
  options: AnswerOptions,
): Promise<GuestAnswer> {
  const { vmKey, file } = wanted;
  const note = (status: number, rendered: RenderedFile) =>
    noteAnswer(request, wanted, { status, ...rendered }, options);
  const rendered = await render(request, wanted, options).catch(async (error: unknown) => {
    if (!(error instanceof SeedError && error.code === 'seed-unknown')) await note(503, NOTHING);
    throw error;
  });
  await note(200, rendered);
  const { body, notes } = rendered;
  const facts = { ...describeVm(vmKey), file };
  for (const { message, reason } of notes) options.log.warn(message, { ...facts, reason });
  options.log.info('seed file served', {
    ...readRequestFacts(request),
    ...facts,
    bytes: body.length,
    took_ms: Math.round(request.elapsedMs()),
  });
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

async function render(
  request: GuestRequest,
  wanted: WantedFile,
  options: AnswerOptions,
): Promise<RenderedFile> {
  const { log, limits, closing } = options;
  const tell = (message: string, error: SeedError) =>
    log.error(message, {
      ...readRequestFacts(request),
      ...describeVm(wanted.vmKey),
      file: wanted.file,
      code: error.code,
      reason: error.message,
    });
  try {
    return await holdUntilReadable(() => renderOnce(request, wanted, options), {
      // HEAD comes from people and from the driver, who want to know now.
      holdMs: request.method === 'HEAD' ? 0 : limits.holdMs,
      retryMs: limits.holdRetryMs,
      signals: () => [closing, request.signalWhenGone()],
      onHold: error => tell('seed not readable, guest held', error),
    });
  } catch (error) {
    if (!(error instanceof SeedError) || !mayBeLeftOut(wanted.file, error) || closing.aborted) throw error;
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
function mayBeLeftOut(file: SeedFile, error: SeedError): boolean {
  return error.code.startsWith('seed-file-') && !isIdentityFile(file);
}
