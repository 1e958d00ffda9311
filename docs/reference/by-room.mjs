/** A plugin of TypeDoc: the reference lists the exported symbols by their room of src/, and not in one alphabetical list. */
import { Comment, CommentTag, Converter } from 'typedoc';

const CATEGORIES = {
  fetch: 'Handlers of the web',
  connect: 'Handlers of node:http',
  server: 'HTTP server',
  http: 'HTTP server',
  net: 'HTTP server',
  tls: 'HTTP server',
  'limits.ts': 'HTTP server',
  files: 'Files and sites',
  sites: 'Files and sites',
  reactor: 'Reactor',
  linux: 'Epoll and sockets',
  native: 'Epoll and sockets',
};

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const symbol of project.children ?? []) {
      const room = roomOf(symbol);
      const category = CATEGORIES[room];
      if (category === undefined) throw new Error(`${symbol.name} is exported from src/${room}, which has no category`);
      const comment = commentOf(symbol);
      comment.blockTags.push(new CommentTag('@category', [{ kind: 'text', text: category }]));
    }
  });
}

/** @returns  `server` for a symbol of src/server/http-server.ts */
function roomOf(symbol) {
  const [source] = symbol.sources ?? symbol.signatures?.[0]?.sources ?? [];
  return /\bsrc\/([\w.-]+)/.exec(source?.fullFileName ?? '')?.[1];
}

/** A function has its comment at its signature. */
function commentOf(symbol) {
  const owner = symbol.signatures?.[0] ?? symbol;
  owner.comment ??= new Comment();
  return owner.comment;
}
