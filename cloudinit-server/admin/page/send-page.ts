import type { FastifyReply } from 'fastify';
import { PAGE_POLICY } from './layout.ts';

/** Sends a page with what a browser is to know of it. */
export function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', PAGE_POLICY)
    .header('referrer-policy', 'no-referrer')
    .send(page);
}
