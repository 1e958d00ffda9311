/** Turns the text of a flag or a variable into the value that a file would have. */
import { checkShape } from '../../sites/check-shape.js';
import type { Option } from './options.js';
import { SETTING_HINT, UserError } from './user-error.js';

/** The argument of a flag: true or false for a switch, all texts of a flag that was repeated. */
export type OptionText = string | boolean | readonly string[];

/**
 * @param said  where the value stands, for messages: `--port`, EPOLL_REACTOR_PORT
 * @throws      UserError for a value that the option's schema refuses
 */
export function optionValue(option: Option, text: OptionText, said: string): unknown {
  const value = option.key === 'limits' ? limitsOfTexts(text as readonly string[], said) : unchecked(option, text);
  try {
    checkShape(option.schema, value, [said]);
  } catch (error) {
    throw new UserError((error as Error).message, SETTING_HINT);
  }
  return value;
}

function unchecked({ isNumber, value }: Option, text: OptionText): unknown {
  if (typeof text !== 'string') return text;
  if (value === undefined && (text === 'true' || text === 'false')) return text === 'true';
  return isNumber === true && /^-?\d{1,15}(?:\.\d+)?$/.test(text) ? Number(text) : text;
}

/** `connectionsMax=10000`, as a table of a file. */
function limitsOfTexts(texts: readonly string[], said: string): Record<string, unknown> {
  const limits = texts.map((text) => {
    const [, name, digits] = /^([^=]+)=(\d{1,15}|inf|Infinity)$/.exec(text) ?? [];
    if (name === undefined || digits === undefined) {
      throw new UserError(
        `${said}: expected a name and a number such as connectionsMax=10000, got ${JSON.stringify(text)}`,
        'docs/handlers.md has the names; inf is no limit',
      );
    }
    return [name, /^\d/.test(digits) ? Number(digits) : Number.POSITIVE_INFINITY] as const;
  });
  return Object.fromEntries(limits);
}
