#!/usr/bin/env node
// Committed, so that npm links it at install, before anything is built.
import { existsSync } from 'node:fs';

const entry = new URL('../dist/main.js', import.meta.url);
if (!existsSync(entry)) {
  console.error('kernelcast is not built yet: run "npm run build" first.');
  process.exit(1);
}
await import(entry.href);
