/** Scripts that complete the command in shells, made of the command's own flags. */
import type { Command, Option as Flag } from 'commander';

type Shell = 'bash' | 'zsh' | 'fish';

export function completionScript(program: Command, shell: Shell): string {
  const flags = program.options.filter((flag) => !flag.hidden);
  const commands = program.commands.map((command) => command.name());
  switch (shell) {
    case 'bash':
      return bash(flags, commands);
    case 'zsh':
      return zsh(flags, program.commands);
    case 'fish':
      return fish(flags, program.commands);
  }
}

const takesFile = (flag: Flag): boolean => /<(?:FILE|PATH)>/.test(flag.flags);
const takesValue = (flag: Flag): boolean => flag.required;

function bash(flags: readonly Flag[], commands: readonly string[]): string {
  const cases = flags
    .filter((flag) => flag.argChoices !== undefined)
    .map((flag) => `    ${flag.long}) COMPREPLY=($(compgen -W '${flag.argChoices?.join(' ')}' -- "$word")); return ;;`);
  const others = flags.filter((flag) => takesValue(flag) && !takesFile(flag) && flag.argChoices === undefined);
  return `_epoll_reactor() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}"
  case "$before" in
${cases.join('\n')}
    ${flags
      .filter(takesFile)
      .map((flag) => flag.long)
      .join('|')}) COMPREPLY=($(compgen -f -- "$word")); return ;;
    ${others.map((flag) => flag.long).join('|')}) COMPREPLY=(); return ;;
  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W '${flags.map((flag) => flag.long).join(' ')}' -- "$word")) ;;
    *) COMPREPLY=($(compgen -d -- "$word")); [ "$COMP_CWORD" = 1 ] && COMPREPLY+=($(compgen -W '${commands.join(' ')}' -- "$word")) ;;
  esac
}
complete -o filenames -F _epoll_reactor epoll-reactor
`;
}

function zsh(flags: readonly Flag[], commands: readonly Command[]): string {
  const specs = flags.map((flag) => {
    const said = flag.description.replace(/[[\]:']/g, (character) => (character === "'" ? "'\\''" : `\\${character}`));
    const action = flag.argChoices ? `(${flag.argChoices.join(' ')})` : takesFile(flag) ? '_files' : '';
    return `    '${flag.long}[${said}]${takesValue(flag) ? `:value:${action}` : ''}'`;
  });
  const named = commands.map((command) => command.name()).join(' ');
  return `#compdef epoll-reactor
_epoll_reactor() {
  _arguments \\
${specs.map((spec) => `${spec} \\`).join('\n')}
    '1:folder or command:{ compadd ${named}; _files -/ }'
}
compdef _epoll_reactor epoll-reactor
`;
}

function fish(flags: readonly Flag[], commands: readonly Command[]): string {
  const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
  const lines = flags.map((flag) => {
    const value = flag.argChoices
      ? ` -x -a ${quoted(flag.argChoices.join(' '))}`
      : takesFile(flag)
        ? ' -r -F'
        : takesValue(flag)
          ? ' -x'
          : '';
    return `complete -c epoll-reactor -l ${flag.long?.slice(2)}${value} -d ${quoted(flag.description)}`;
  });
  for (const command of commands) {
    lines.push(
      `complete -c epoll-reactor -n __fish_use_subcommand -a ${command.name()} -d ${quoted(command.description())}`,
    );
  }
  return `${lines.join('\n')}\n`;
}
