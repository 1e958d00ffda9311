/** Checks the options of sites, and of a configuration file, against a schema of valibot. */
import * as v from 'valibot';
import { impossibleOption, type OptionPath, unknownOption, wrongOption } from '../options/option-errors.js';

/**
 * @param at  the path of `options`
 * @throws    TypeError naming the first option that is wrong
 */
export function checkShape(schema: v.GenericSchema, options: unknown, at: OptionPath): void {
  const result = v.safeParse(schema, options, { abortEarly: true });
  if (result.success) return;
  throw explained(result.issues[0], at);
}

function explained(issue: v.BaseIssue<unknown>, outer: OptionPath): TypeError {
  const at = [...outer, ...(issue.path ?? []).map(({ key }) => key as string | number)];
  // An option with several forms: the person meant the form whose error lies further inside.
  const inner = issue.issues?.find(({ path }) => path !== undefined);
  if (inner !== undefined) return explained(inner, at);
  if (issue.type !== 'strict_object') return wrongOption(at, issue.message, issue.input);
  if (issue.expected === 'never') return unknownOption(at, issue.message.split(', '));
  return issue.expected === 'Object' ? wrongOption(at, 'an object', issue.input) : impossibleOption(at, 'is missing');
}
