-- Two states between approved and revoked. A new value may be used only after the transaction that adds it, so what
-- is checked by them comes with the next migration.
ALTER TYPE "VersionState" ADD VALUE 'deprecated' AFTER 'rejected';
ALTER TYPE "VersionState" ADD VALUE 'quarantined' AFTER 'deprecated';

-- What was measured when the version was made, beside its metrics. Versions that are older have none of it.
ALTER TABLE "modulator_versions"
  ADD COLUMN "predictions_digest" TEXT,
  ADD COLUMN "predictions_size" INTEGER,
  ADD COLUMN "layer_changes" JSONB,
  ADD COLUMN "trainer_version" TEXT,
  ADD COLUMN "settled" JSONB;
ALTER TABLE "modulator_versions"
  ADD CONSTRAINT "modulator_versions_predictions" CHECK (
    num_nonnulls("predictions_digest", "predictions_size") IN (0, 2)
    AND "predictions_digest" ~ '^sha256:[0-9a-f]{64}$' AND "predictions_size" > 0),
  ADD CONSTRAINT "modulator_versions_layer_changes" CHECK (jsonb_typeof("layer_changes") = 'array');
