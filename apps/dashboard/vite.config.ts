import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** `npx nx serve dashboard` against another server: `KERNELCAST_REGISTRY=http://host:7300`. */
const registry = process.env['KERNELCAST_REGISTRY'] ?? 'http://127.0.0.1:7300';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  server: { proxy: { '/v1': registry } },
  build: { outDir: 'dist', emptyOutDir: true, assetsInlineLimit: 0, chunkSizeWarningLimit: 900 },
});
