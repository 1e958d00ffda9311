/** `epoll-reactor --version`: one line for a report of a fault. Its first word is the version of the package. */
import { release } from 'node:os';
import { relative } from 'node:path';
import { PACKAGE_FOLDER } from '../native/package-folder.js';

export async function versionCommand(version: string): Promise<void> {
  const failure = await import('../native/addon.js').then(() => undefined, codeOf);
  const { header, sharedObjects } = process.report.getReport() as unknown as Report;
  const addon = sharedObjects.find((path) => path.endsWith('.node'));
  const facts = [
    `Node ${process.versions.node}`,
    `${process.platform} ${release()} ${process.arch}`,
    header.glibcVersionRuntime === undefined ? 'no glibc' : `glibc ${header.glibcVersionRuntime}`,
    ...(failure === undefined ? [relative(PACKAGE_FOLDER, `${addon}`), await tls()] : [`no addon: ${failure}`]),
  ];
  console.log(`${version} (${facts.join(', ')})`);
}

/** What this file reads of Node's report. */
interface Report {
  /** `glibcVersionRuntime` is missing with musl. */
  readonly header: { readonly glibcVersionRuntime?: string };
  /** Paths of the libraries and addons that the process has loaded. */
  readonly sharedObjects: readonly string[];
}

async function tls(): Promise<string> {
  const { tlsAddon } = await import('../tls/tls-api.js');
  try {
    tlsAddon();
    return `OpenSSL ${process.versions.openssl}`;
  } catch (error) {
    return `no TLS: ${codeOf(error as NodeJS.ErrnoException)}`;
  }
}

function codeOf({ code }: NodeJS.ErrnoException): string {
  return `${code}`;
}
