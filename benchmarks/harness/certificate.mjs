/** Makes the certificate of the contenders that speak HTTPS: self-signed, ECDSA on P-256. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importSource } from '../../scripts/import-source.mjs';
import { scratchFolder } from './scratch.mjs';

/** Each contender is set to this cipher if it has such a setting, because their first choices differ. */
export const CIPHER = 'TLS_AES_128_GCM_SHA256';

/** @returns {Promise<import('../types.js').KeyFiles>} */
export async function writeCertificate() {
  /** @type {typeof import('../../src/tls/self-signed.js')} */
  const { selfSigned } = await importSource('src/tls/self-signed.ts');
  const { cert, key } = selfSigned({ names: ['localhost', '127.0.0.1'], days: 1 });
  const folder = scratchFolder();
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key);
  return files;
}
