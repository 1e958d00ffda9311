/** The two calls by which a thread gives up privileges for itself and for all that it starts. */
import { native } from '../../native/addon.js';

const PR_SET_NO_NEW_PRIVS = 38;

// linux/seccomp.h
export const SECCOMP_SET_MODE_FILTER = 1;
/** All threads of the process, at once. */
export const SECCOMP_FILTER_FLAG_TSYNC = 1;
/** Without it, kernels before Linux 5.16 turn off speculation past stores (SSBD) in a filtered process, which costs every load of it. */
export const SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4;

/** For this thread: execve(2) grants no privileges any more, as by set-user-ID. @returns  0 or -errno */
export function setNoNewPrivs(): number {
  return native.prctl(PR_SET_NO_NEW_PRIVS, 1);
}
