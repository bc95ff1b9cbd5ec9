import type { WordNode, WordOption } from './word-tree.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** In single quotes nothing means anything to a shell. */
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const flagsOf = (options: readonly WordOption[]): string[] => options.flatMap(({ flags }) => flags);

/** Cases of a shell's `case`: the words so far, and what follows them. */
const cases = (nodes: readonly WordNode[], line: (node: WordNode) => string[]): string =>
  nodes
    .map(
      (node) =>
        `    ${quote(node.path.join(' '))})\n${line(node)
          .map((l) => `      ${l}`)
          .join('\n')}\n      ;;`,
    )
    .join('\n');

/** Cases of values: the words so far and the option before the cursor give its choices, or leave it to the shell. */
const valueCases = (nodes: readonly WordNode[]): string =>
  nodes
    .flatMap(({ path, options }) =>
      options
        .filter(({ takesValue }) => takesValue)
        .flatMap(({ flags, choices }) => {
          const found = choices.length > 0 ? `choices=${quote(choices.join(' '))}` : 'free=yes';
          return flags.map((flag) => `    ${quote([...path, flag].join(' '))}) ${found} ;;`);
        }),
    )
    .join('\n');

const bash = (
  nodes: readonly WordNode[],
): string => `# Completion of kernelcast for bash: source <(kernelcast completion bash)
_kernelcast() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} path='' word commands='' options='' choices='' free='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case "$word" in -*) continue ;; esac
    case "\${path:+$path }$word" in
${nodes
  .filter(({ path }) => path.length > 0)
  .map(({ path }) => `      ${quote(path.join(' '))}) path=${quote(path.join(' '))} ;;`)
  .join('\n')}
    esac
  done
  case "$path $previous" in
${valueCases(nodes)}
  esac
  if [ -n "$choices" ]; then
    COMPREPLY=($(compgen -W "$choices" -- "$current"))
    return
  fi
  if [ -n "$free" ]; then return; fi
  case "$path" in
${cases(nodes, ({ commands, options, values }) => [`commands=${quote([...commands.map(({ name }) => name), ...values].join(' '))}`, `options=${quote(flagsOf(options).join(' '))}`])}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$commands" -- "$current")) ;;
  esac
}
complete -o default -F _kernelcast kernelcast
`;

/** A word with what it means, as zsh's _describe reads it. */
const described = (name: string, description: string): string =>
  quote(`${name.replaceAll(':', '\\:')}:${description.replaceAll(':', '\\:')}`);

const zsh = (nodes: readonly WordNode[]): string => `#compdef kernelcast
# Completion of kernelcast for zsh: source <(kernelcast completion zsh)
_kernelcast() {
  local current=\${words[CURRENT]} previous=\${words[CURRENT-1]} place='' word choices='' free='' i
  local -a commands options
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    case "$word" in -*) continue ;; esac
    case "\${place:+$place }$word" in
${nodes
  .filter(({ path }) => path.length > 0)
  .map(({ path }) => `      ${quote(path.join(' '))}) place=${quote(path.join(' '))} ;;`)
  .join('\n')}
    esac
  done
  case "$place $previous" in
${valueCases(nodes)}
  esac
  if [[ -n "$choices" ]]; then
    compadd -- \${=choices}
    return
  fi
  if [[ -n "$free" ]]; then
    _files
    return
  fi
  case "$place" in
${cases(nodes, ({ commands, options, values }) => [
  `commands=(${[...commands.map(({ name, description }) => described(name, description)), ...values.map(quote)].join(' ')})`,
  `options=(${options.flatMap(({ flags, description }) => flags.map((flag) => described(flag, description))).join(' ')})`,
])}
  esac
  if [[ "$current" == -* ]]; then
    _describe option options
  elif (( \${#commands} )); then
    _describe command commands
  else
    _files
  fi
}
compdef _kernelcast kernelcast
`;

const fishFlags = ({ flags }: WordOption): string =>
  flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)).join(' ');

const fishLines = ({ path, commands, options, values }: WordNode): string[] => {
  const here = `-n ${quote(`__kernelcast_at ${quote(path.join(' '))}`)}`;
  const start = `complete -c kernelcast ${here}`;
  return [
    ...commands.map(({ name, description }) => `${start} -f -a ${quote(name)} -d ${quote(description)}`),
    ...values.map((value) => `${start} -f -a ${quote(value)}`),
    ...options.map((each) => {
      const taken = each.choices.length > 0 ? ` -x -a ${quote(each.choices.join(' '))}` : each.takesValue ? ' -r' : '';
      return `${start} ${fishFlags(each)}${taken} -d ${quote(each.description)}`;
    }),
  ];
};

const fish = (
  nodes: readonly WordNode[],
): string => `# Completion of kernelcast for fish: kernelcast completion fish | source
function __kernelcast_at
  set -l place ''
  set -l known ${nodes
    .filter(({ path }) => path.length > 0)
    .map(({ path }) => quote(path.join(' ')))
    .join(' ')}
  for word in (commandline -opc)[2..-1]
    set -l longer (string trim -- "$place $word")
    contains -- $longer $known; and set place $longer
  end
  test "$place" = "$argv[1]"
end
${nodes.flatMap(fishLines).join('\n')}
`;

const WRITERS: Readonly<Record<Shell, (nodes: readonly WordNode[]) => string>> = { bash, zsh, fish };

/** A script that completes a program's words in a shell. It asks nobody: a key press waits for no request. */
export const completionScript = (shell: Shell, nodes: readonly WordNode[]): string => WRITERS[shell](nodes);
