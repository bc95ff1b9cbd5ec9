import type { BaseImportSource, BaseNetworkUploadFields } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import type { ReceivedUpload } from './receive-upload.js';

type Parts = Pick<ReceivedUpload, 'files' | 'shards'>;

/**
 * In which of its forms a network was sent: `graph` and `weights`; `architecture` and `weights`; `model` and `shards`.
 * @throws AppError `malformed_body` naming the part that is missing or too many
 */
export const importSourceOf = (fields: BaseNetworkUploadFields, { files, shards }: Parts): BaseImportSource => {
  const { name, architecture, mean, std, inputSize } = fields;
  const given = new Set<string>([
    ...files,
    ...(shards.length > 0 ? ['shards'] : []),
    ...Object.entries({ architecture, mean, std, inputSize }).flatMap(([part, value]) =>
      value === undefined ? [] : [part],
    ),
  ]);
  const only = (form: string, needed: readonly string[], optional: readonly string[] = []): void => {
    const missing = needed.find((part) => !given.has(part));
    if (missing !== undefined) throw new AppError('malformed_body', `${form} comes with the part "${missing}"`);
    const surplus = [...given].find((part) => !needed.includes(part) && !optional.includes(part));
    if (surplus !== undefined) throw new AppError('malformed_body', `${form} has no part "${surplus}"`);
  };
  if (architecture !== undefined) {
    only('A PyTorch state dict', ['architecture', 'weights'], ['mean', 'std', 'inputSize']);
    return { form: 'torch', architecture, mean, std, inputSize };
  }
  if (given.has('model') || given.has('shards')) {
    only('A LayersModel', ['model', 'shards'], ['mean', 'std']);
    return { form: 'layers-model', name, shards: [...shards], mean, std };
  }
  only('A graph', ['graph', 'weights']);
  return { form: 'graph' };
};
