// SPDX-License-Identifier: Apache-2.0
// Bundles the web app into the folder that the server sends it from.
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { build } from 'esbuild';

const out = new URL('../scenebox_ros/server/web/static/', import.meta.url).pathname;
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await build({
  entryPoints: { app: 'src/main.tsx', style: 'src/style.css' },
  outdir: out,
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  legalComments: 'linked',
  chunkNames: '[name]-[hash]',
  loader: { '.png': 'dataurl' },
  logLevel: 'warning',
});
await copyFile('index.html', `${out}index.html`);
