import { z } from 'zod';
import { idSchema, type IdKind, type Role } from '../../common/primitives.js';

export const EVERYONE: readonly Role[] = ['viewer', 'trainer', 'approver', 'operator'];
export const TRAINERS: readonly Role[] = ['trainer'];
export const APPROVERS: readonly Role[] = ['approver'];
export const OPERATORS: readonly Role[] = ['operator'];
export const ADMINS: readonly Role[] = ['admin'];

export const byId = (kind: IdKind) => z.object({ id: idSchema(kind) });
/** Things people name may be asked for by id or by name. */
export const byIdOrName = z.object({ id: z.string().min(1).max(64) });
