import { DEFAULT_PROJECT_ID, type Principal, type Project, type Role } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';

export type EnteredProject = Pick<Project, 'id' | 'name'> & { readonly archivedAt: Date | null };

/** What belongs to a project. */
export interface Owned {
  readonly projectId: string;
}

/** What somebody may do in a project. */
export interface Membership {
  readonly project: EnteredProject;
  readonly role: Role;
}

/** Who somebody is, before it is known in which project they act. */
export interface Identity {
  readonly id: string;
  readonly name: string;
  /** May act in every project, as admin. */
  readonly installationAdmin: boolean;
  readonly memberships: readonly Membership[];
}

/** Who acts, and in which project. */
export interface Entered {
  readonly principal: Principal;
  readonly project: EnteredProject;
}

/** The very same for a project that is not there and for one that is closed to who asks. */
export const projectNotFound = (reference: string): AppError =>
  new AppError('project_not_found', `There is no project "${reference}"`);

const isCalled = ({ id, name }: EnteredProject, reference: string): boolean => id === reference || name === reference;

/**
 * The membership by which somebody acts: in the project they name; without a name, in their only one or in `default`.
 * @param reference id or name of a project
 * @returns undefined when they have none such
 */
export const chooseMembership = (
  memberships: readonly Membership[],
  reference: string | undefined,
): Membership | undefined => {
  if (reference !== undefined) return memberships.find(({ project }) => isCalled(project, reference));
  if (memberships.length === 1) return memberships[0];
  return memberships.find(({ project }) => project.id === DEFAULT_PROJECT_ID);
};
