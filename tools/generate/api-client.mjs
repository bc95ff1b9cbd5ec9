// Generates libs/api-client from the committed OpenAPI document.
import path from 'node:path';
import { createClient } from '@hey-api/openapi-ts';

const root = path.resolve(import.meta.dirname, '../..');
await createClient({
  input: path.join(root, 'docs/openapi.json'),
  output: { path: path.join(root, 'libs/api-client/src/generated'), importFileExtension: '.js', clean: true },
  plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
  logs: { level: 'error' },
});
