/** Scripts that complete the command in a shell, made from its own flags. */
import type { Command, Option as Flag } from 'commander';
import { MODELS } from '../models/catalog.js';
import { OPTIONS } from './config/options.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Words that can follow a command. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  model: MODELS.map(({ name }) => name),
  xray: MODELS.map(({ name }) => name),
  completion: SHELLS,
};

/** xray shows a folder or a recording, too. */
const takesPath = (command: Command): boolean => command.name() === 'xray';

export function completionScript(program: Command, shell: Shell): string {
  const flags = program.createHelp().visibleOptions(program);
  switch (shell) {
    case 'bash':
      return bash(flags, program.commands);
    case 'zsh':
      return zsh(flags, program.commands);
    case 'fish':
      return fish(flags, program.commands);
  }
}

const takesFile = (flag: Flag): boolean => /<(?:FILE|PATH)>/.test(flag.flags);
const takesValue = (flag: Flag): boolean => flag.required;
const isList = (flag: Flag): boolean => OPTIONS.some(({ key, isList }) => isList && key === flag.attributeName());
const namesOf = ({ short, long }: Flag): readonly string[] => [short, long].filter((name) => name !== undefined);
const allNames = (flags: readonly Flag[], separator: string): string => flags.flatMap(namesOf).join(separator);

function bash(flags: readonly Flag[], commands: readonly Command[]): string {
  const choices = flags.filter((flag) => flag.argChoices !== undefined);
  const others = flags.filter((flag) => takesValue(flag) && !takesFile(flag) && flag.argChoices === undefined);
  return `_epoll_reactor_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word"); }
_epoll_reactor_paths() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen "$1" -- "$word"); }
_epoll_reactor_add() { local names=("\${COMPREPLY[@]}"); _epoll_reactor_paths "$1"; COMPREPLY=("\${names[@]}" "\${COMPREPLY[@]}"); }
_epoll_reactor() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}"
  # --sandbox=on is three words to bash.
  if [ "$word" = = ]; then word=; elif [ "$before" = = ]; then before="\${COMP_WORDS[COMP_CWORD - 2]}"; fi
  COMPREPLY=()
  case "$before" in
${choices.map((flag) => `    ${flag.long}) _epoll_reactor_words '${flag.argChoices?.join(' ')}'; return ;;`).join('\n')}
    ${allNames(flags.filter(takesFile), '|')}) _epoll_reactor_paths -f; return ;;
    ${allNames(others, '|')}) return ;;
${commands.map((command) => `    ${command.name()}) [ "$COMP_CWORD" = 2 ] && { _epoll_reactor_words '${wordsOf(command).join(' ')}'; ${takesPath(command) ? '_epoll_reactor_add -f; ' : ''}return; } ;;`).join('\n')}
  esac
  case "$word" in
    -*) _epoll_reactor_words '${flags.map(({ long }) => long).join(' ')}' ;;
    *)
      if [ "$COMP_CWORD" = 1 ]; then _epoll_reactor_words '${commands.map((command) => command.name()).join(' ')}'; fi
      _epoll_reactor_add -d
      ;;
  esac
}
complete -F _epoll_reactor epoll-reactor
`;
}

function wordsOf(command: Command): readonly string[] {
  return [...(ARGUMENTS[command.name()] ?? []), ...command.options.map(({ long }) => `${long}`)];
}

function zsh(flags: readonly Flag[], commands: readonly Command[]): string {
  const specs = flags.flatMap((flag) => {
    const said = flag.description.replace(/[[\]:\\]/g, '\\$&').replaceAll("'", "'\\''");
    const action = flag.argChoices ? `(${flag.argChoices.join(' ')})` : takesFile(flag) ? '_files' : '';
    const value = takesValue(flag) ? `:value:${action}` : '';
    return namesOf(flag).map((name) => `    '${isList(flag) ? '*' : ''}${name}[${said}]${value}'`);
  });
  const cases = commands.map(
    (command) =>
      `${command.name()}) compadd -- ${wordsOf(command).join(' ')}${takesPath(command) ? '; _files' : ''} ;;`,
  );
  return `#compdef epoll-reactor
_epoll_reactor() {
  _arguments \\
${specs.map((spec) => `${spec} \\`).join('\n')}
    '1:folder or command:{ compadd -- ${commands.map((command) => command.name()).join(' ')}; _files -/ }' \\
    '2:argument:{ case $words[2] in ${cases.join(' ')} esac }'
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _epoll_reactor epoll-reactor
`;
}

function fish(flags: readonly Flag[], commands: readonly Command[]): string {
  const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
  const lines = flags.map((flag) => {
    const choices = flag.argChoices && ` -x -a ${quoted(flag.argChoices.join(' '))}`;
    const value = choices ?? (takesFile(flag) ? ' -r -F' : takesValue(flag) ? ' -x' : '');
    const short = flag.short === undefined ? '' : ` -s ${flag.short.slice(1)}`;
    return `complete -c epoll-reactor${short} -l ${flag.long?.slice(2)}${value} -d ${quoted(flag.description)}`;
  });
  for (const command of commands) {
    const name = command.name();
    lines.push(`complete -c epoll-reactor -n __fish_use_subcommand -a ${name} -d ${quoted(command.description())}`);
    const words = quoted(wordsOf(command).join(' '));
    lines.push(
      `complete -c epoll-reactor -n '__fish_seen_subcommand_from ${name}' ${takesPath(command) ? '-F' : '-f'} -a ${words}`,
    );
  }
  lines.push("complete -c epoll-reactor -f -a '(__fish_complete_directories)'");
  return `${lines.join('\n')}\n`;
}
