import { z } from 'zod';
import { timestampSchema } from '../common/primitives.js';
import { publicKeySchema } from '../device/enrolment.js';

export const signingKeyStateSchema = z.enum(['published', 'active', 'retired', 'compromised']);
export type SigningKeyState = z.infer<typeof signingKeyStateSchema>;

/** The public part of a key that signs statements or manifests. */
export const signingKeySchema = z.object({
  kid: z.string().meta({ description: 'RFC 7638 thumbprint of the public key' }),
  role: z.enum(['release', 'manifest']),
  publicKey: publicKeySchema,
  state: signingKeyStateSchema.meta({
    description:
      '`published`: devices are told to trust it, it does not sign yet; `active`: it signs; `retired`: it only ' +
      'verifies; `compromised`: it does neither',
  }),
  vault: z.string().meta({ description: 'Who holds the private half' }),
  statements: z.int().nonnegative().meta({ description: 'Statements in force that it has signed' }),
  createdAt: timestampSchema,
  changedAt: timestampSchema.meta({ description: 'When it came into its state' }),
});
export type SigningKey = z.infer<typeof signingKeySchema>;

export const signingKeysSchema = z.object({
  data: z.array(signingKeySchema),
  trustRootVersion: z.int().nonnegative().meta({ description: 'Of what devices are told to trust' }),
});
export type SigningKeys = z.infer<typeof signingKeysSchema>;

export const retireSigningKeySchema = z
  .object({ compromised: z.boolean().default(false).meta({ description: 'Devices are told to trust it no more' }) })
  .strict();
export const renewedStatementsSchema = z.object({
  kid: z.string().meta({ description: 'Of the key that signed them' }),
  renewed: z.int().nonnegative(),
});
export type RenewedStatements = z.infer<typeof renewedStatementsSchema>;
