import type {
  changePasswordSchema,
  createdUserSchema,
  createUserSchema,
  listUsersQuerySchema,
  passwordResetSchema,
  redeemPasswordResetSchema,
  updateUserSchema,
} from '@kernelcast/contracts';
import type { z } from 'zod';

export type CreateUser = z.infer<typeof createUserSchema>;
export type CreatedUser = z.infer<typeof createdUserSchema>;
export type UpdateUser = z.infer<typeof updateUserSchema>;
export type ListUsersQuery = z.infer<typeof listUsersQuerySchema>;
export type NewMembership = CreateUser['memberships'][number];
export type PasswordReset = z.infer<typeof passwordResetSchema>;
export type RedeemPasswordReset = z.infer<typeof redeemPasswordResetSchema>;
export type ChangePassword = z.infer<typeof changePasswordSchema>;
