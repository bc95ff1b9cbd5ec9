import { downloadModulatorVersion } from '@kernelcast/api-client';
import type { Command } from 'commander';
import { option, registryCommand } from '../framework/registry-command.js';
import { checkArtifact, saveArtifact } from '../modulators/save-artifact.js';
import { formatBytes } from '../output/quantities.js';
import { findModulatorVersion } from '../references/find.js';
import { VERSION_OPERAND } from '../references/operands.js';

export const modulatorsDownloadCommand = (): Command =>
  registryCommand<{ output?: string }>({
    name: 'download',
    description: 'download the artifact of a version, and check its digest',
    operands: VERSION_OPERAND,
    options: [
      option('-o, --output <file>', 'file to write, - for standard output (default: <task>-<version>.safetensors)'),
    ],
    examples: ['modulators download fruit/3', 'modulators download mdv_01J… --output - | sha256sum'],
    run: async ({ call, out, flags }, text = '') => {
      const version = await findModulatorVersion(call, text);
      const path = { id: version.modulatorId, version: version.version };
      const { data } = await downloadModulatorVersion({ ...call, path, parseAs: 'arrayBuffer' });
      const artifact = { digest: version.digest, bytes: new Uint8Array(data as unknown as ArrayBuffer) };
      if (flags.output === '-') {
        checkArtifact(artifact);
        process.stdout.write(artifact.bytes);
        return;
      }
      const file = flags.output ?? `${version.taskName}-${version.version}.safetensors`;
      await saveArtifact(artifact, file);
      const { digest, size } = version;
      out.answer({ file, digest, size }, file, () => `Wrote ${file}: ${formatBytes(size)}, ${digest}`);
    },
  });
