import path from 'node:path';

/** First segments of paths that are the API's: what is not found there is an error, not a page. */
const RESERVED = new Set(['v1', 'device', 'healthz', 'readyz', 'metrics', 'version', 'openapi.json', 'docs']);
/** Vite names the files in here by their content. */
const HASHED = 'assets';

/** Which file answers a path: itself, or the page whose own routes the path is one of. */
export interface DashboardFile {
  readonly file: string;
  /** Never changes under its name. */
  readonly immutable: boolean;
}

const INDEX: DashboardFile = { file: 'index.html', immutable: false };

/**
 * The dashboard's file for a path: paths without a file extension are routes of the page.
 * @returns undefined for paths that belong to the API
 */
export const dashboardFile = (pathname: string): DashboardFile | undefined => {
  const segments = pathname.split('/').filter((segment) => segment !== '');
  const [first = ''] = segments;
  if (RESERVED.has(first)) return undefined;
  if (path.posix.extname(segments.at(-1) ?? '') === '') return INDEX;
  return { file: segments.join('/'), immutable: first === HASHED };
};
