-- AlterEnum, by a new type: values that are added to one cannot be used by constraints of the same migration.
ALTER TYPE "BaseNetworkState" RENAME TO "BaseNetworkState_old";
CREATE TYPE "BaseNetworkState" AS ENUM ('validating', 'active', 'deprecated', 'invalid');
ALTER TABLE "base_networks" ALTER COLUMN "state" DROP DEFAULT;
ALTER TABLE "base_networks"
  ALTER COLUMN "state" TYPE "BaseNetworkState" USING "state"::text::"BaseNetworkState";
ALTER TABLE "base_networks" ALTER COLUMN "state" SET DEFAULT 'active';
DROP TYPE "BaseNetworkState_old";

-- AlterTable
ALTER TABLE "base_networks" ADD COLUMN     "attempts" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "lease_owner" TEXT,
ADD COLUMN     "lease_until" TIMESTAMPTZ(3),
ADD COLUMN     "report" JSONB,
ADD COLUMN     "source" TEXT NOT NULL DEFAULT 'graph',
ADD COLUMN     "validated_at" TIMESTAMPTZ(3);

UPDATE "base_networks" SET "source" = 'meta-job' WHERE "training_job_id" IS NOT NULL;

-- CreateIndex
CREATE INDEX "base_networks_state_id_idx" ON "base_networks"("state", "id");

ALTER TABLE "base_networks"
  ADD CONSTRAINT "base_networks_source" CHECK ("source" IN ('graph', 'torch', 'layers-model', 'meta-job')),
  ADD CONSTRAINT "base_networks_lease" CHECK (
    ("lease_owner" IS NULL) = ("lease_until" IS NULL) AND ("lease_owner" IS NULL OR "state" = 'validating')
  ),
  ADD CONSTRAINT "base_networks_report" CHECK (
    ("report" IS NULL) = ("validated_at" IS NULL)
    AND ("state" <> 'validating' OR "report" IS NULL) AND ("state" <> 'invalid' OR "report" IS NOT NULL)
  );

-- Modulators and jobs are made for a base network that has been found good.
CREATE FUNCTION "check_base_network_of_job"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM "base_networks" WHERE "id" = NEW."base_network_id" AND "state" IN ('validating', 'invalid')) THEN
    RAISE EXCEPTION 'training_jobs: the base network has not been found good';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "training_jobs_base_network" BEFORE INSERT OR UPDATE OF "base_network_id"
  ON "training_jobs" FOR EACH ROW EXECUTE FUNCTION "check_base_network_of_job"();
