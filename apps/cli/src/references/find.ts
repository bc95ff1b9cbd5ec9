import {
  getDataset,
  getDatasetVersion,
  getModulatorVersion,
  getAlias,
  getModulatorVersionById,
  listDeviceGroups,
  listModulators,
  listModulatorVersions,
  type GetDatasetVersionResponse,
  type GetModulatorVersionResponse,
} from '@kernelcast/api-client';
import { ALIAS_REFERENCE } from '@kernelcast/contracts';
import { CliError } from '../failures/cli-error.js';
import type { CommandContext } from '../framework/registry-command.js';
import { readPages } from '../framework/paging.js';
import { parseReference } from './parse-reference.js';

type Call = CommandContext<object>['call'];
export type ModulatorVersion = GetModulatorVersionResponse;
export type DatasetVersion = GetDatasetVersionResponse;

/** Finds the modulator of a task. @throws CliError when it has none, or several on different bases */
const modulatorOfTask = async (call: Call, task: string): Promise<string> => {
  const { data } = (await listModulators({ ...call, query: { task, limit: 200 } })).data;
  const [only, other] = data;
  if (!only)
    throw new CliError(`The task ${task} has no modulator yet`, { advice: 'Train one: kernelcast jobs submit' });
  if (other)
    throw new CliError(`The task ${task} has modulators on ${data.length} base networks`, {
      advice: `Name one of ${data.map(({ id, latestVersion }) => `${id}/${latestVersion}`).join(', ')}`,
    });
  return only.id;
};

/**
 * Finds a modulator version by its id (`mdv_…`), by task and alias (`digits@champion`), by modulator and number (`mod_…/3`), or by task and number
 * (`digits/3`); without a number the newest is taken.
 */
export const findModulatorVersion = async (call: Call, text: string): Promise<ModulatorVersion> => {
  const [, task, alias] = ALIAS_REFERENCE.exec(text) ?? [];
  if (task !== undefined && alias !== undefined) {
    const { data } = await getAlias({ ...call, path: { id: task, name: alias } });
    return (await getModulatorVersionById({ ...call, path: { id: data.modulatorVersionId } })).data;
  }
  const { name, version } = parseReference(text);
  if (name.startsWith('mdv_')) return (await getModulatorVersionById({ ...call, path: { id: name } })).data;
  const id = name.startsWith('mod_') ? name : await modulatorOfTask(call, name);
  if (version !== undefined) return (await getModulatorVersion({ ...call, path: { id, version } })).data;
  const [newest] = (await listModulatorVersions({ ...call, path: { id }, query: { limit: 1 } })).data.data;
  if (!newest) throw new CliError(`${text} has no version yet`, { advice: 'Train one: kernelcast jobs submit' });
  return newest;
};

/** Id of a modulator by its own or by its task. */
export const findModulator = async (call: Call, text: string): Promise<string> => {
  const { name } = parseReference(text);
  return name.startsWith('mod_') ? name : modulatorOfTask(call, name);
};

/** Finds a dataset version by dataset and number (`pets/3`); without a number the newest is taken. */
export const findDatasetVersion = async (call: Call, text: string): Promise<DatasetVersion> => {
  const { name, version } = parseReference(text);
  const number = version ?? (await getDataset({ ...call, path: { id: name } })).data.latestVersion;
  if (number === null)
    throw new CliError(`The dataset ${name} has no version yet`, {
      advice: `Send one: kernelcast datasets push <folder> --name ${name}`,
    });
  return (await getDatasetVersion({ ...call, path: { id: name, version: number } })).data;
};

/** Id of a dataset version, which may be given as such (`dsv_…`). */
export const findDatasetVersionId = async (call: Call, text: string): Promise<string> =>
  text.startsWith('dsv_') ? text : (await findDatasetVersion(call, text)).id;

/** Id of a device group, by it or by name. */
export const findGroupId = async (call: Call, text: string): Promise<string> => {
  if (text.startsWith('grp_')) return text;
  const { data } = await readPages({ all: true }, (query) => listDeviceGroups({ ...call, query }));
  const group = data.find(({ name }) => name === text);
  if (group) return group.id;
  throw new CliError(`There is no device group "${text}"`, { advice: 'See what there is: kernelcast groups list' });
};
