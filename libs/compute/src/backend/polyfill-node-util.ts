/** tfjs-node 4.22 calls `util.isNullOrUndefined` and `util.isArray`, which Node 23 removed. */
export async function polyfillNodeUtil(): Promise<void> {
  const { default: util } = (await import('node:util')) as unknown as { default: Record<string, unknown> };
  util['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  util['isArray'] ??= Array.isArray;
}
