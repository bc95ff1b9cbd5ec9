/** How a modulator version is named on a command line. */
export const VERSION_OPERAND = [
  ['<version>', 'mdv_…, task/3, task@alias or mod_…/3; without a number the newest'],
] as const;
