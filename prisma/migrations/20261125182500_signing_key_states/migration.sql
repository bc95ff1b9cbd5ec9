-- Which release key signs, which ones only verify, and which are trusted no more.
CREATE TYPE "SigningKeyState" AS ENUM ('published', 'active', 'retired', 'compromised');
ALTER TABLE "signing_keys"
  ADD COLUMN "state" "SigningKeyState" NOT NULL DEFAULT 'active',
  ADD COLUMN "vault" TEXT NOT NULL DEFAULT 'database',
  ADD COLUMN "sealed_by" TEXT,
  ADD COLUMN "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;
-- Devices were told to trust the active keys only.
UPDATE "signing_keys" SET "state" = 'compromised' WHERE NOT "active";
DROP INDEX "signing_keys_one_active";
DROP INDEX "signing_keys_role_active_idx";
ALTER TABLE "signing_keys" DROP COLUMN "active";
CREATE INDEX "signing_keys_role_state_idx" ON "signing_keys"("role", "state");
CREATE UNIQUE INDEX "signing_keys_one_active" ON "signing_keys" ("role") WHERE "state" = 'active';

CREATE TABLE "trust_roots" (
    "version" INTEGER NOT NULL,
    "signatures" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "trust_roots_pkey" PRIMARY KEY ("version")
);
ALTER TABLE "trust_roots"
  ADD CONSTRAINT "trust_roots_version" CHECK ("version" > 0),
  ADD CONSTRAINT "trust_roots_signatures" CHECK (jsonb_typeof("signatures") = 'array' AND jsonb_array_length("signatures") > 0);

-- Descendants of a version are found by where their jobs began.
CREATE INDEX "training_jobs_start_from_id_idx" ON "training_jobs"("start_from_id");
