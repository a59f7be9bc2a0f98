import type { FastifyReply } from 'fastify';
import type { ApiError, ApiErrorCode, ApiProblem } from '../client/drivers-api-types.ts';

/** Answers a request of a driver with an error. */
export function refuseRequest(
  reply: FastifyReply,
  status: number,
  code: ApiErrorCode,
  error: string,
  problems?: readonly ApiProblem[],
): FastifyReply {
  const body: ApiError = { error, code, ...(problems !== undefined && { problems }) };
  return reply.code(status).send(body);
}

/** Answers a request of which fields are wrong, with all of them in one line and one by one. */
export function refuseInvalid(
  reply: FastifyReply,
  code: ApiErrorCode,
  problems: readonly ApiProblem[],
): FastifyReply {
  const text = problems
    .map(({ path, message }) => (path === '' ? `it ${message}` : `${path} ${message}`))
    .join('; ');
  return refuseRequest(reply, 422, code, text, problems);
}
