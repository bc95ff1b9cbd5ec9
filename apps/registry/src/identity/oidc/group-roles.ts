import { roleSchema, slugSchema, type Role } from '@kernelcast/contracts';
import { z } from 'zod';

/** Matches whoever the provider lets in. */
const ANY_GROUP = '*';

const group = z.string().min(1).max(200);
/** What members of a group of the identity provider may do here. */
export const groupRuleSchema = z.union([
  z.object({ group, admin: z.literal(true) }).strict(),
  z.object({ group, project: slugSchema, role: roleSchema }).strict(),
]);
export type GroupRule = z.infer<typeof groupRuleSchema>;

/** What the provider's groups say about somebody; about what no rule names, they say nothing. */
interface GrantedAccess {
  /** Whether an admin of the installation; undefined when no rule makes admins. */
  readonly admin: boolean | undefined;
  /** By project, the role there, or null where somebody has none; only projects that some rule names. */
  readonly roles: ReadonlyMap<string, Role | null>;
}

/** Applies rules to somebody's groups. In each project the first rule that fits decides: roles have no order. */
export const accessOf = (groups: readonly string[], rules: readonly GroupRule[]): GrantedAccess => {
  const fits = (rule: GroupRule): boolean => rule.group === ANY_GROUP || groups.includes(rule.group);
  const admins = rules.filter((rule) => 'admin' in rule);
  const roles = new Map<string, Role | null>();
  for (const rule of rules) {
    if (!('project' in rule)) continue;
    if (!roles.get(rule.project)) roles.set(rule.project, fits(rule) ? rule.role : null);
  }
  return { admin: admins.length === 0 ? undefined : admins.some(fits), roles };
};
