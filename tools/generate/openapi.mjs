// Writes docs/openapi.json from the built contracts.
import { writeFileSync } from 'node:fs';
import { registryOpenApi } from '@kernelcast/contracts';

writeFileSync(new URL('../../docs/openapi.json', import.meta.url), JSON.stringify(registryOpenApi(), null, 2) + '\n');
