// Writes docs/openapi.json and the table of error codes in docs/api.md from the built contracts, and says what of the
// released API they break.
//   npm run openapi               for every change of a contract
//   npm run openapi -- release    makes the present API the released one, against which later changes are held
import { readFileSync, writeFileSync } from 'node:fs';
import { breakingChanges, errorCatalogue, errorRemedies, errorTable, registryOpenApi } from '@kernelcast/contracts';

const fileOf = (name) => new URL(`../../docs/${name}`, import.meta.url);
const RELEASED = fileOf('openapi.released.json');
const isRelease = process.argv[2] === 'release';

const text = JSON.stringify(registryOpenApi(), null, 2) + '\n';
const broken = breakingChanges(JSON.parse(readFileSync(RELEASED, 'utf8')), JSON.parse(text));
writeFileSync(fileOf('openapi.json'), text);
if (isRelease) writeFileSync(RELEASED, text);

const bare = Object.keys(errorCatalogue).filter((code) => !(code in errorRemedies));
if (bare.length > 0) throw new Error(`Say in error-remedies.ts what to do about ${bare.join(', ')}`);
const guide = readFileSync(fileOf('api.md'), 'utf8');
const table = /(<!-- error codes -->\n\n).*?(\n\n<!-- \/error codes -->)/s;
if (!table.test(guide)) throw new Error('docs/api.md has no place for the table of error codes');
writeFileSync(
  fileOf('api.md'),
  guide.replace(table, (_, start, end) => start + errorTable() + end),
);

if (broken.length > 0) {
  const heading = isRelease ? 'Released with changes that break clients' : 'Breaks clients of the released API';
  console.log([`${heading}:`, ...broken.map((change) => `  ${change}`)].join('\n'));
}
