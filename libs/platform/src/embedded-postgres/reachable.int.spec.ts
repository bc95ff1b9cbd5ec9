import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { canReach, clusterHome } from './reachable.js';

const SOMEBODY = { uid: 54_321, gid: 54_321 };

describe('canReach', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(os.tmpdir(), 'kernelcast-reach-'));
    mkdirSync(path.join(root, 'open'), { mode: 0o755 });
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('sees a closed folder on the way', () => {
    chmodSync(root, 0o700);
    expect(canReach(path.join(root, 'open'), SOMEBODY)).toBe(false);
    chmodSync(root, 0o711);
    expect(canReach(path.join(root, 'open'), SOMEBODY)).toBe(true);
  });

  it('lets ourselves go where we are', () => {
    chmodSync(root, 0o700);
    expect(canReach(path.join(root, 'open'), {})).toBe(true);
  });

  it('keeps the cluster in the data folder where the user can go there', async () => {
    chmodSync(root, 0o711);
    expect(await clusterHome(path.join(root, 'open'), SOMEBODY)).toBe(path.join(root, 'open'));
  });

  const asRoot = process.getuid?.() === 0 ? it : it.skip;
  asRoot('names a staged home by the data folder, and forgets it with the folder', async () => {
    chmodSync(root, 0o700);
    const data = path.join(root, 'data');
    const home = await clusterHome(data, SOMEBODY);
    expect(home.startsWith(root)).toBe(false);
    expect(await clusterHome(data, SOMEBODY)).toBe(home);
    rmSync(data, { recursive: true });
    const next = await clusterHome(data, SOMEBODY);
    expect(next).not.toBe(home);
    expect(existsSync(home)).toBe(false);
    rmSync(next, { recursive: true });
  });
});
