const PARTS = /^(\d+)\.(\d+)\./;

/** Whether two releases speak the same API: the same major version, before 1.0 the same minor one (semver.org, 4 and 8). */
export const speakTheSame = (ours: string, theirs: string): boolean => {
  const [a, b] = [PARTS.exec(ours), PARTS.exec(theirs)];
  if (!a || !b) return ours === theirs;
  return a[1] === b[1] && (a[1] !== '0' || a[2] === b[2]);
};
