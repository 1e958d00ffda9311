/**
 * The files of the certificate of `tlsSelfSigned`, in the user's cache (XDG Base Directory Specification).
 *
 *   self-signed.pem  the certificate and its key, for the server. In one file they always fit each other
 *   self-signed.crt  the certificate alone, for programs that trust it
 */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { UserError } from './user-error.js';

/** @throws  UserError for a user without a home */
export function selfSignedFile({ XDG_CACHE_HOME: cache, HOME: home }: NodeJS.ProcessEnv): string {
  const folder = cache !== undefined && isAbsolute(cache) ? cache : join(home || homeOfUser(), '.cache');
  return join(folder, 'epoll-reactor', 'self-signed.pem');
}

function homeOfUser(): string {
  try {
    return homedir();
  } catch {
    throw new UserError('tlsSelfSigned: this user has no home folder', 'name a folder: XDG_CACHE_HOME=DIR');
  }
}

/** @param pem  as selfSignedFile() returns it */
export function trustedFile(pem: string): string {
  return pem.replace(/\.pem$/, '.crt');
}
