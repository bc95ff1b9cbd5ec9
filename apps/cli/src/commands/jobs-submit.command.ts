import { createTrainingJob, type CreateTrainingJobData, type CreateTrainingJobResponse } from '@kernelcast/api-client';
import {
  acceleratorSchema,
  hyperparametersSchema,
  metaSettingsSchema,
  methodSchema,
  scenarioSchema,
} from '@kernelcast/contracts';
import type { Command, Option } from 'commander';
import { CliError } from '../failures/cli-error.js';
import { creating } from '../framework/creating.js';
import { collectSettings, parseMoment, parseNumber, parseSpan, parseWhole } from '../framework/parsers.js';
import { option, registryCommand, type CommandContext } from '../framework/registry-command.js';
import { followJob } from '../jobs/follow/follow-job.js';
import { checkOrder, layOver, type Order, type OrderFlags } from '../jobs/job-order.js';
import { waitOf, type Job } from '../jobs/job-state.js';
import { readOrderFile } from '../jobs/read-order-file.js';
import { formatCount, formatSpan } from '../output/quantities.js';
import { findDatasetVersionId, findModulatorVersion } from '../references/find.js';

interface SubmitFlags extends OrderFlags {
  readonly file?: string;
  readonly dryRun?: boolean;
  readonly follow?: boolean;
}

type Estimate = Extract<CreateTrainingJobResponse, { valid: true }>;

const orderOptions = (): Option[] => [
  option('-t, --task <task>', 'task to train for, name or id'),
  option('-d, --dataset <dataset>', 'images to learn from: dataset (its newest version), name/3, or dsv_…'),
  option('-b, --base <base>', 'base network, name or id'),
  option('-m, --method <method>', 'how the base is adapted (default: km)').choices(methodSchema.options),
  option('--scenario <scenario>', 'kind of job (default: transfer)').choices(scenarioSchema.options),
  option(
    '--set <name=value>',
    `hyperparameter, "auto" allowed, again for more: ${Object.keys(hyperparametersSchema.shape).join(', ')}`,
  ).argParser(collectSettings),
  option('--budget-ratio <share>', "parameters of the modulator over the base's (default: 0.014)").argParser(
    parseNumber,
  ),
  option('--budget-bytes <bytes>', 'bytes of the modulator').argParser(parseWhole).conflicts('budgetRatio'),
  option('--budget-seconds <span>', 'time for training and search, like 90 or 5m').argParser(parseSpan),
  option('--start-from <version>', 'warm start: version of the same task, base and method: mdv_…, task, or task/3'),
  option('--seed <number>', 'seed of all randomness (default: 0)').argParser(parseWhole),
  option('--priority <0-9>', 'higher ones are taken first (default: 5)').argParser(parseWhole),
  option('--deadline <time>', 'end by then or fail: a time, or a span from now like 2h').argParser((text: string) =>
    parseMoment(text),
  ),
  option('--accelerator <kind>', 'trainers that may take it (default: any)').choices(acceleratorSchema.options),
  option('--output-name <name>', 'name of the base network that a meta job makes'),
  option(
    '--meta <name=value>',
    `setting of a meta job, again for more: ${Object.keys(metaSettingsSchema.shape).join(', ')}`,
  ).argParser(collectSettings),
  option('-f, --file <file>', 'read the order from a JSON file, or - for standard input; flags win over it'),
];

/** Names become ids, and what is wrong is told before anything is sent. */
const prepare = async ({ call, flags }: CommandContext<SubmitFlags>): Promise<Order> => {
  const fields = layOver(flags.file === undefined ? {} : readOrderFile(flags.file), flags);
  if (flags.dataset !== undefined) fields['datasetVersion'] = await findDatasetVersionId(call, flags.dataset);
  if (flags.startFrom !== undefined) fields['startFrom'] = (await findModulatorVersion(call, flags.startFrom)).id;
  return checkOrder(fields);
};

const send = async ({ call }: CommandContext<SubmitFlags>, order: Order): Promise<CreateTrainingJobResponse> =>
  (await createTrainingJob({ ...call, ...creating(), body: order as CreateTrainingJobData['body'] })).data;

const describeEstimate = ({ baseParameters, budgetParameters, queueLength, estimatedSeconds }: Estimate): string => {
  const share = ((budgetParameters / baseParameters) * 100).toFixed(2);
  const time =
    estimatedSeconds === null ? 'unknown: no such job has ended yet' : `about ${formatSpan(estimatedSeconds)}`;
  return [
    'The order is valid.',
    `  parameters   ${formatCount(budgetParameters)} of ${formatCount(baseParameters)} (${share} %)`,
    `  training     ${time}`,
    `  before it    ${queueLength} jobs wait`,
  ].join('\n');
};

const estimate = async (context: CommandContext<SubmitFlags>): Promise<void> => {
  const answer = await send(context, { ...(await prepare(context)), dryRun: true });
  if (!('valid' in answer)) throw new CliError('The registry made a job although only an estimate was asked for');
  context.out.answer(answer, 'valid', () => describeEstimate(answer));
};

const submit = async (context: CommandContext<SubmitFlags>): Promise<void> => {
  const { out, flags } = context;
  if (flags.dryRun) return estimate(context);
  const answer = await send(context, await prepare(context));
  if (!('id' in answer)) throw new CliError('The registry made no job: the order says `dryRun`');
  const job: Job = answer;
  if (flags.follow && out.json) out.line(JSON.stringify(job));
  else out.done(job, job.id, `Submitted ${job.id}${waitOf(job) ? `; it ${waitOf(job)}` : ''}.`);
  if (flags.follow) await followJob(context, job.id);
  else if (!out.json) out.note(`Watch it: kernelcast jobs follow ${job.id}`);
};

export const jobsSubmitCommand = (): Command =>
  registryCommand<SubmitFlags>({
    name: 'submit',
    description: 'train a modulator, or meta-train a base network',
    options: [
      ...orderOptions(),
      option('--dry-run', 'only check the order, and say what it would take'),
      option('--follow', 'stay and watch, as kernelcast jobs follow does').conflicts('dryRun'),
    ],
    examples: [
      'jobs submit --task fruit --dataset fruit --base resnet14-cifar10 --follow',
      'jobs submit -t fruit -d fruit/2 -b resnet14-cifar10 --set learningRate=0.01 --set steps=auto --budget-seconds 5m',
      'jobs submit -t fruit -d fruit -b resnet14-cifar10 --start-from fruit/1 --priority 9 --deadline 2h',
      'jobs submit --scenario meta --output-name characters -d omniglot -b resnet14-cifar10 --meta ways=5 --meta shots=1,5',
      'jobs submit --scenario few-shot -t signs -d signs -b characters',
      'jobs submit --file job.json --seed 7',
    ],
    run: submit,
  });

export const jobsEstimateCommand = (): Command =>
  registryCommand<SubmitFlags>({
    name: 'estimate',
    description: 'check an order, and say what it would take, without making a job',
    options: orderOptions(),
    examples: [
      'jobs estimate --task fruit --dataset fruit --base resnet14-cifar10',
      'jobs estimate --file job.json --json',
    ],
    run: estimate,
  });
