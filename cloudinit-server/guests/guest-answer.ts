/** What a guest is answered. Its length is added where it is sent. */
export interface GuestAnswer {
  readonly status: number;
  /** `content-type` of the body. */
  readonly type?: string;
  /** @default nothing at all, not even a length: what status 204 wants */
  readonly body?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One line of plain text. */
export function buildTextAnswer(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): GuestAnswer {
  return { status, type: 'text/plain; charset=utf-8', body: Buffer.from(`${text}\n`), headers };
}
