import { Argument, Command } from 'commander';
import { completionScript, SHELLS, type Shell } from '../completion/scripts.js';
import { wordTree } from '../completion/word-tree.js';
import { withExamples } from '../framework/registry-command.js';

/** `kernelcast completion`: a script that completes this program's words. */
export const completionCommand = (program: Command): Command =>
  withExamples(
    new Command('completion')
      .description('print a script that completes commands and options in a shell')
      .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
      .action((shell: Shell) => void process.stdout.write(completionScript(shell, wordTree(program)))),
    [
      'completion bash > ~/.local/share/bash-completion/completions/kernelcast',
      'completion zsh > "${fpath[1]}/_kernelcast"',
      'completion fish > ~/.config/fish/completions/kernelcast.fish',
    ],
  );
