import { initBackend } from '../backend/init-backend.js';

/**
 * Folder of a native build to test with, from the environment: a test's machine may have none. Tests of the native
 * backend are skipped without it, and fail where it is given and does not load.
 */
export const NATIVE_FOLDER = process.env['KERNELCAST_NATIVE_DIR'];

/** `describe` where there is a native build to test with, else `describe.skip`. */
export const describeNative = NATIVE_FOLDER === undefined ? describe.skip : describe;

/** Loads the native backend. */
export const initNative = () => initBackend({ force: 'tfjs-node', native: { folder: NATIVE_FOLDER, threads: 1 } });
