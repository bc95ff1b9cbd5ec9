-- CreateEnum
CREATE TYPE "DeltaState" AS ENUM ('queued', 'ready', 'unsuitable');

-- CreateTable
CREATE TABLE "modulator_deltas" (
    "project_id" TEXT NOT NULL,
    "from_version_id" TEXT NOT NULL,
    "to_version_id" TEXT NOT NULL,
    "state" "DeltaState" NOT NULL DEFAULT 'queued',
    "digest" TEXT,
    "size" INTEGER,
    "encoding" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "lease_owner" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "modulator_deltas_pkey" PRIMARY KEY ("from_version_id","to_version_id")
);

-- CreateIndex
CREATE INDEX "modulator_deltas_to_version_id_state_idx" ON "modulator_deltas"("to_version_id", "state");

-- CreateIndex
CREATE INDEX "modulator_deltas_state_created_at_idx" ON "modulator_deltas"("state", "created_at");

-- CreateIndex
CREATE INDEX "modulator_deltas_digest_idx" ON "modulator_deltas"("digest");

-- AddForeignKey
ALTER TABLE "modulator_deltas" ADD CONSTRAINT "modulator_deltas_project_id_from_version_id_fkey" FOREIGN KEY ("project_id", "from_version_id") REFERENCES "modulator_versions"("project_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "modulator_deltas" ADD CONSTRAINT "modulator_deltas_project_id_to_version_id_fkey" FOREIGN KEY ("project_id", "to_version_id") REFERENCES "modulator_versions"("project_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "modulator_deltas"
  ADD CONSTRAINT "modulator_deltas_pair_check" CHECK ("from_version_id" <> "to_version_id"),
  ADD CONSTRAINT "modulator_deltas_ready_check"
    CHECK (("state" = 'ready') = ("digest" IS NOT NULL) AND ("state" = 'ready') = ("size" IS NOT NULL)
      AND ("state" = 'ready') = ("encoding" IS NOT NULL)),
  ADD CONSTRAINT "modulator_deltas_size_check" CHECK ("size" > 0),
  ADD CONSTRAINT "modulator_deltas_digest_check" CHECK ("digest" ~ '^sha256:[0-9a-f]{64}$');

-- While a manifest may offer it, its blob stays.
CREATE TRIGGER "modulator_deltas_objects" BEFORE INSERT OR UPDATE OF "digest"
  ON "modulator_deltas" FOR EACH ROW EXECUTE FUNCTION "refuse_removed_object"('digest');
