/** Answers that are a line of text: errors, redirects. */
import { type ErrorHeaders, isHttpError } from '../http/http-error.js';
import { reasonPhrase } from '../http/response/status.js';
import type { HttpResponse } from './http-response.js';

const TEXT = 'text/plain; charset=utf-8';
const NO_HEADERS: ErrorHeaders = {};

/** Such as `404: there is no such file here`. */
export function sendText(
  response: Pick<HttpResponse, 'send'>,
  status: number,
  text: string,
  headers = NO_HEADERS,
): void {
  sendLine(response, status, `${status}: ${text}\n`, headers);
}

/** Such as `413 Content Too Large: a body of more than 10 bytes`. */
export function sendError(response: HttpResponse, status: number, text: string = '', headers = NO_HEADERS): void {
  sendLine(response, status, `${status} ${reasonPhrase(status)}${text === '' ? '' : `: ${text}`}\n`, headers);
}

/**
 * Answers for a handler that has failed: with the status and message of an HttpError, or with 500.
 * @param report  gets the error if the headers of the HttpError, or the default headers, cannot be sent
 */
export function answerFailure(response: HttpResponse, error: unknown, report: (error: unknown) => void): void {
  try {
    if (isHttpError(error)) sendError(response, error.status, error.message, error.headers);
    else sendError(response, 500);
  } catch (thrown) {
    report(thrown);
    response.defaultHeaders = undefined;
    sendError(response, 500);
  }
}

function sendLine(response: Pick<HttpResponse, 'send'>, status: number, line: string, headers: ErrorHeaders): void {
  const hasType = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  response.send(status, hasType ? headers : { 'Content-Type': TEXT, ...headers }, line);
}
