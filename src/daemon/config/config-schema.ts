/** The shape of a configuration file: the keys of all options, and those that only a file has. */
import * as v from 'valibot';
import { siteEntries, sitesSchema } from '../../sites/options-schema.js';
import type { SiteOptions } from '../../sites/site-options.js';
import { OPTIONS, type OptionValues } from './options.js';
import { type CertificateFiles, certificates } from './value-shapes.js';

/** A configuration as it is written: anything can be missing. */
export interface ConfigFile extends OptionValues, Pick<Partial<SiteOptions>, 'root' | 'hosts' | 'rules'> {
  /** For editors: where this schema is. */
  readonly $schema?: string;
  /** Several certificates, in place of `tlsCert` and `tlsKey`: a client gets the first one that has the name it asks for. */
  readonly tls?: readonly CertificateFiles[];
  /** Several sites, each with the hosts that it answers for. A single one can stand at the top, without this. */
  readonly sites?: readonly SiteOptions[];
}

const { root, ...siteOptions } = siteEntries;

/** The keys of one site, beside its root. */
export const SITE_KEYS = Object.keys(siteOptions) as readonly Exclude<keyof SiteOptions, 'root'>[];

const ENTRIES: Readonly<Record<string, v.GenericSchema>> = {
  $schema: v.optional(v.string('the address of a schema')),
  ...Object.fromEntries(OPTIONS.map(({ key, schema }) => [key, v.optional(schema)])),
  tls: v.optional(certificates),
  sites: v.optional(sitesSchema),
  root: v.optional(root),
  ...siteOptions,
};

/** One site at the top, or several in `sites`. */
export const configSchema = v.strictObject(ENTRIES, Object.keys(ENTRIES).join(', '));
