/** `fanout completion SHELL`: a script that lets a shell complete commands and options. */
import { Argument, type Command } from 'commander';
import { type Call, type Outcome, withOutput } from '../connection/with-client.ts';

type Shell = 'bash' | 'zsh' | 'fish';

/** Words that may follow a command: those of its subcommands, and its options. */
interface Place {
  /** Words of the command, such as `run start`; empty: the program itself. */
  readonly path: string;
  readonly words: readonly { readonly word: string; readonly description: string }[];
}

export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(writers)))
    .addHelpText(
      'after',
      `
  bash  fanout completion bash > ~/.local/share/bash-completion/completions/fanout
  zsh   fanout completion zsh > a file called _fanout in a folder of $fpath
  fish  fanout completion fish > ~/.config/fish/completions/fanout.fish`,
    )
    .action(withOutput((call: Omit<Call, 'client'>, shell: Shell) => printScript(call, program, shell)));
}

async function printScript({ output }: Omit<Call, 'client'>, program: Command, shell: Shell): Outcome {
  const script = writers[shell](placesOf(program, []));
  output.show({ shell, script }, () => [script]);
}

function placesOf(command: Command, path: readonly string[]): Place[] {
  const help = command.createHelp();
  const own = help.visibleOptions(command).concat(path.length > 0 ? help.visibleGlobalOptions(command) : []);
  // The help of a command shows the options of the program as its own.
  const options = new Map(own.map((option) => [option.long ?? option.flags, option.description]));
  const words = [
    ...command.commands.map((each) => ({ word: each.name(), description: each.description() })),
    ...[...options].map(([word, description]) => ({ word, description })),
  ];
  return [
    { path: path.join(' '), words },
    ...command.commands.flatMap((each) => placesOf(each, [...path, each.name()])),
  ];
}

/** The words of the line before the cursor that are commands, as the shell says it. */
const shellCases = (places: readonly Place[]): string =>
  places
    .map(({ path, words }) => `    '${path}') words='${words.map(({ word }) => word).join(' ')}' ;;`)
    .join('\n');

function writeBash(places: readonly Place[]): string {
  const paths = places.map(({ path }) => `'${path}'`).filter((path) => path !== "''");
  return `# bash completion for fanout
_fanout() {
  local current=\${COMP_WORDS[COMP_CWORD]} path='' words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in ${paths.join(' | ')}) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${shellCases(places)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _fanout fanout`;
}

function writeZsh(places: readonly Place[]): string {
  const paths = places.map(({ path }) => `'${path}'`).filter((path) => path !== "''");
  return `#compdef fanout
_fanout() {
  local path_words='' words_here='' word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${path_words:+$path_words }$word" in ${paths.join(' | ')}) path_words="\${path_words:+$path_words }$word" ;; esac
  done
  case "$path_words" in
${shellCases(places).replaceAll("words='", "words_here='")}
  esac
  compadd -- \${=words_here} || _files
}
compdef _fanout fanout`;
}

function writeFish(places: readonly Place[]): string {
  const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = places.flatMap(({ path, words }) =>
    words.map(({ word, description }) => {
      const kind = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`;
      return `complete -c fanout -n '__fanout_at ${quote(path).replaceAll("'", '"')}' ${kind} -d ${quote(description)}`;
    }),
  );
  const paths = places.map(({ path }) => path).filter(Boolean);
  return `# fish completion for fanout
function __fanout_at
  set -l path ''
  for word in (commandline -opc)[2..-1]
    set -l longer (string trim "$path $word")
    if contains -- $longer ${paths.map(quote).join(' ')}
      set path $longer
    end
  end
  test "$path" = "$argv[1]"
end
${lines.join('\n')}`;
}

const writers: Readonly<Record<Shell, (places: readonly Place[]) => string>> = {
  bash: writeBash,
  zsh: writeZsh,
  fish: writeFish,
};
