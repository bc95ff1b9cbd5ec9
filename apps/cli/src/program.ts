import { Command } from 'commander';
import { auditCommand } from './commands/audit.command.js';
import { aliasesCommand } from './commands/aliases.command.js';
import { approvalsCommand } from './commands/approvals.command.js';
import { basesCommand } from './commands/bases.command.js';
import { bundlesCommand } from './commands/bundles.command.js';
import { completionCommand } from './commands/completion.command.js';
import { datasetsCommand } from './commands/datasets.command.js';
import { demoCommand } from './commands/demo.command.js';
import { devicesCommand, enrolmentTokensCommand, groupsCommand } from './commands/fleet.command.js';
import { gcCommand } from './commands/gc.command.js';
import { jobsCommand } from './commands/jobs.command.js';
import { keysCommand } from './commands/keys.command.js';
import { loginCommand, logoutCommand } from './commands/login.command.js';
import { modulatorsCommand } from './commands/modulators.command.js';
import { projectsCommand } from './commands/projects.command.js';
import { replayCommand } from './commands/replay.command.js';
import { rolloutsCommand } from './commands/rollouts.command.js';
import { sessionsCommand } from './commands/sessions.command.js';
import { tasksCommand } from './commands/tasks.command.js';
import { trainersCommand } from './commands/trainers.command.js';
import { upCommand } from './commands/up.command.js';
import { usersCommand } from './commands/users.command.js';
import { webhooksCommand } from './commands/webhooks.command.js';
import { whoamiCommand } from './commands/whoami.command.js';
import { VERSION } from './framework/version.js';

const START = `
First steps:
  $ kernelcast up                                    start everything on this machine
  $ kernelcast datasets push ./fruit                 send images
  $ kernelcast tasks create fruit --labels-from fruit
  $ kernelcast jobs submit -t fruit -d fruit -b resnet14-cifar10 --follow
  $ kernelcast modulators approve fruit

Commands find the platform of "kernelcast up" by themselves; "kernelcast login" names another registry.
Exit codes: 0 done, 1 refused or failed, 2 wrong command line, 130 interrupted.`;

/** Lets a whole program throw what commander would end the process with, and point to help rather than print it. */
const configure = (command: Command, path: string): void => {
  command.exitOverride().showHelpAfterError(`Help: ${path} --help`).allowExcessArguments(false);
  for (const child of command.commands) configure(child, `${path} ${child.name()}`);
};

/** The whole command line of the product. */
export const createProgram = (): Command => {
  const program = new Command('kernelcast')
    .description('Kernel modulation: train a task as a few kilobytes on a frozen network, and deliver it to devices')
    .version(VERSION, '-V, --version', 'print the release')
    .helpOption('-h, --help', 'explain')
    .addHelpText('after', START);
  program.commandsGroup('On this machine:');
  for (const command of [upCommand(), demoCommand(), replayCommand()]) program.addCommand(command);
  program.commandsGroup('Train:');
  for (const command of [datasetsCommand(), tasksCommand(), basesCommand(), jobsCommand(), trainersCommand()])
    program.addCommand(command);
  program.commandsGroup('Release:');
  for (const command of [
    modulatorsCommand(),
    approvalsCommand(),
    aliasesCommand(),
    rolloutsCommand(),
    bundlesCommand(),
    groupsCommand(),
    enrolmentTokensCommand(),
    devicesCommand(),
  ])
    program.addCommand(command);
  program.commandsGroup('Operate:');
  for (const command of [webhooksCommand(), auditCommand(), gcCommand()]) program.addCommand(command);
  program.commandsGroup('Access:');
  for (const command of [
    loginCommand(),
    logoutCommand(),
    whoamiCommand(),
    projectsCommand(),
    usersCommand(),
    keysCommand(),
    sessionsCommand(),
    completionCommand(program),
  ])
    program.addCommand(command);
  configure(program, program.name());
  return program;
};
