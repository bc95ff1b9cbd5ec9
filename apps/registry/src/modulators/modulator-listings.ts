import { Prisma } from '@kernelcast/database';
import type { Listing, SortKey } from '../paging/keyset.js';

const createdAt: SortKey = { column: Prisma.sql`created_at`, type: 'time' };
/** As its index has it. */
const accuracy: SortKey = { column: Prisma.sql`COALESCE((metrics ->> 'top1')::float8, 0)`, type: 'real' };

export const MODULATORS: Listing<'createdAt'> = {
  name: 'modulators',
  from: Prisma.sql`modulators`,
  id: Prisma.sql`id`,
  sorts: { createdAt },
};

/** Versions of one modulator. */
export const VERSIONS: Listing<'version' | 'accuracy'> = {
  name: 'modulator_versions',
  from: Prisma.sql`modulator_versions`,
  id: Prisma.sql`id`,
  sorts: { version: { column: Prisma.sql`version`, type: 'integer' }, accuracy },
};

/** Versions of all modulators. */
export const ALL_VERSIONS: Listing<'createdAt' | 'accuracy'> = {
  name: 'all_modulator_versions',
  from: Prisma.sql`modulator_versions`,
  id: Prisma.sql`id`,
  sorts: { createdAt, accuracy },
};
