export { DirectoryStateStore } from './directory-state-store.js';
export { realFileSystem } from './file-system.js';
export type { FileSystem } from './file-system.js';
export { loadBaseFromFolder } from './load-base.js';
export { lockState } from './state-lock.js';
