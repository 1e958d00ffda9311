declare module 'node-gyp-build' {
  /** @returns  the path of the addon for this platform. @throws  if `folder` has none */
  export function resolve(folder: string): string;
}
