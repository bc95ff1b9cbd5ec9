import {
  createBundle,
  downloadModulatorVersion,
  getModulatorVersionById,
  type CreateBundleResponse,
} from '@kernelcast/api-client';
import type { BundleFiles, Digest } from '@kernelcast/artifact';
import type { Command } from 'commander';
import { saveBundle } from '../bundles/save-bundle.js';
import { creating } from '../framework/creating.js';
import { parseSpan } from '../framework/parsers.js';
import { commandGroup, option, registryCommand, type CommandContext } from '../framework/registry-command.js';
import { checkArtifact } from '../modulators/save-artifact.js';
import { formatBytes, formatWhen } from '../output/quantities.js';
import { findGroupId } from '../references/find.js';

type Bundle = CreateBundleResponse;
type Call = CommandContext<object>['call'];

interface CreateFlags {
  readonly group: string;
  readonly device?: string;
  readonly base?: string;
  readonly expires?: number;
  readonly out: string;
}

const download = async (call: Call, { modulatorVersionId, digest }: Bundle['modulators'][number]) => {
  const { data: version } = await getModulatorVersionById({ ...call, path: { id: modulatorVersionId } });
  const path = { id: version.modulatorId, version: version.version };
  const { data } = await downloadModulatorVersion({ ...call, path, parseAs: 'arrayBuffer' });
  const artifact = { digest, bytes: new Uint8Array(data as unknown as ArrayBuffer) };
  checkArtifact(artifact);
  return [digest as Digest, artifact.bytes] as const;
};

/** What a person wants to know of a bundle; a device believes nothing of it. */
const indexOf = ({ manifest: _, ...bundle }: Bundle, createdAt: Date) => ({
  format: 'kernelcast.bundle/1',
  createdAt: createdAt.toISOString(),
  ...bundle,
});

const create = () =>
  registryCommand<CreateFlags>({
    name: 'create',
    description: 'write the signed manifest and the modulators of a group to carry to devices',
    options: [
      option('-g, --group <group>', 'devices it is for, name or id').makeOptionMandatory(),
      option('-d, --device <device>', 'only this one; needed while a rollout reaches a part of the group'),
      option('-b, --base <digest>', 'base network of the devices, where the group has several'),
      option('-e, --expires <span>', 'how long devices may act on it, at most 90d (default: 7d)').argParser(parseSpan),
      option('-o, --out <path>', 'a .tar file, or a folder to make').makeOptionMandatory(),
    ],
    examples: [
      'bundle create --group kiosks --out kiosks.tar',
      'bundle create -g kiosks -d dev_01J… --expires 30d --out /media/stick/kernelcast',
    ],
    notes: 'On the device: kernelcast-device import <path> --state <folder>',
    run: async ({ call, out, flags }) => {
      const id = await findGroupId(call, flags.group);
      const body = {
        ...(flags.device && { deviceId: flags.device }),
        ...(flags.base && { baseDigest: flags.base as Digest }),
        ...(flags.expires !== undefined && { expiresInSeconds: Math.round(flags.expires) }),
      };
      const { data: bundle } = await createBundle({ ...call, ...creating(), path: { id }, body });
      const blobs = new Map<Digest, Uint8Array>();
      for (const modulator of bundle.modulators) blobs.set(...(await download(call, modulator)));
      const manifest = new TextEncoder().encode(JSON.stringify(bundle.manifest));
      const files: BundleFiles = { manifest, blobs };
      const size = await saveBundle(files, indexOf(bundle, new Date()), flags.out);
      const { manifest: _, ...answer } = bundle;
      out.answer({ path: flags.out, bytes: size, ...answer }, flags.out, () => {
        const tasks = bundle.modulators.map(({ task, version }) => `${task}/${version}`).join(', ');
        const until = formatWhen(bundle.expiresAt, Date.now());
        return `Wrote ${flags.out}: ${tasks}, ${formatBytes(size)}, to be used until ${bundle.expiresAt} (${until})`;
      });
    },
  });

/** `kernelcast bundle`: releases that are carried to devices. */
export const bundlesCommand = (): Command =>
  commandGroup('bundle', 'releases to carry to devices without a network', [create()]);
