/** How a listing looks, and the policy that allows this style and nothing else. */
import { createHash } from 'node:crypto';

/**
 * Colours and type are those of the sample site (site/style.css). clip-path cuts the signs, because the policy would have to
 * allow an image.
 */
export const LISTING_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f6f8f9; --raised: #e6edf1; --ink: #16242d; --muted: #4c5e6a; --rule: #cbd6dd; --link: #0a5b7f;
}
@media (prefers-color-scheme: dark) {
  :root { --ground: #0f171c; --raised: #1c2b35; --ink: #e1eaef; --muted: #9badb8; --rule: #2a3a45; --link: #82c6e6; }
}
body {
  margin: 0 auto; max-width: 60rem; padding: clamp(1.5rem, 5vw, 3.5rem) clamp(1rem, 4vw, 2.5rem);
  background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
}
a { color: var(--link); text-underline-offset: 0.2em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 3px; border-radius: 3px; }
bdi { white-space: pre-wrap; overflow-wrap: anywhere; }
ol { display: flex; flex-wrap: wrap; margin: 0; padding: 0; list-style: none; color: var(--muted); font-size: 0.875rem; }
li + li::before { content: "/"; margin: 0 0.5em; }
li a[aria-current] { color: inherit; text-decoration: none; }
h1 { margin: 0.25rem 0 1.5rem; font-size: 1.75rem; line-height: 1.25; letter-spacing: -0.015em; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.4rem 0 0.4rem 1.5rem; border-bottom: 1px solid var(--rule); text-align: right; white-space: nowrap; font-weight: 400; }
th:first-child { width: 100%; padding-left: 0.5rem; text-align: left; white-space: normal; }
td:last-child, thead th:last-child { padding-right: 0.5rem; }
thead th, td { color: var(--muted); font-size: 0.875rem; }
small { font-size: inherit; }
tbody tr:hover { background: var(--raised); }
tbody a { display: block; position: relative; padding-left: 1.75rem; text-decoration: none; }
tbody a:hover { text-decoration: underline; }
tbody a::before { content: ""; position: absolute; left: 0; top: 0.3rem; width: 1rem; height: 0.9rem; background: var(--muted); }
.folder::before { background: var(--link); clip-path: polygon(0 6%, 40% 6%, 52% 22%, 100% 22%, 100% 100%, 0 100%); }
.file::before { opacity: 0.6; clip-path: polygon(14% 0, 60% 0, 86% 30%, 86% 100%, 14% 100%); }
.up::before { clip-path: polygon(50% 5%, 90% 50%, 62% 50%, 62% 100%, 38% 100%, 38% 50%, 10% 50%); }
p { margin: 1rem 0.5rem; color: var(--muted); font-size: 0.875rem; }
@media (max-width: 32rem) {
  time span, small { display: none; }
  td, thead th { padding-left: 1rem; }
}
`;

const styleHash = createHash('sha256').update(LISTING_STYLE).digest('base64');

/**
 * `Content-Security-Policy` of a listing: should a name ever get out of its text, there is nothing that it can load or run, and
 * no form or base that it can make (CSP 3 §6). `img-src` is for the site's own icon, which browsers ask for by themselves.
 */
export const LISTING_CONTENT_SECURITY_POLICY = `default-src 'none'; style-src 'sha256-${styleHash}'; img-src 'self'; base-uri 'none'; form-action 'none'`;
