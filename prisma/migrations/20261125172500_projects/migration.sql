-- CreateTable
CREATE TABLE "projects" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "archived_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "projects_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "projects_name_key" ON "projects"("name");

-- What there was before there were projects belongs to this one.
INSERT INTO "projects" ("id", "name", "title") VALUES ('prj_00000000000000000000000000', 'default', 'Default');

-- DropForeignKey
ALTER TABLE "dataset_versions" DROP CONSTRAINT "dataset_versions_dataset_id_fkey";

-- DropForeignKey
ALTER TABLE "devices" DROP CONSTRAINT "devices_group_id_fkey";

-- DropForeignKey
ALTER TABLE "modulator_versions" DROP CONSTRAINT "modulator_versions_modulator_id_fkey";

-- DropForeignKey
ALTER TABLE "modulator_versions" DROP CONSTRAINT "modulator_versions_training_job_id_fkey";

-- DropForeignKey
ALTER TABLE "modulators" DROP CONSTRAINT "modulators_task_id_fkey";

-- DropForeignKey
ALTER TABLE "rollouts" DROP CONSTRAINT "rollouts_group_id_fkey";

-- DropForeignKey
ALTER TABLE "rollouts" DROP CONSTRAINT "rollouts_modulator_version_id_fkey";

-- DropForeignKey
ALTER TABLE "training_jobs" DROP CONSTRAINT "training_jobs_dataset_version_id_fkey";

-- DropForeignKey
ALTER TABLE "training_jobs" DROP CONSTRAINT "training_jobs_start_from_id_fkey";

-- DropForeignKey
ALTER TABLE "training_jobs" DROP CONSTRAINT "training_jobs_task_id_fkey";

-- DropIndex
DROP INDEX "base_networks_digest_key";

-- DropIndex
DROP INDEX "base_networks_name_key";

-- DropIndex
DROP INDEX "datasets_name_key";

-- DropIndex
DROP INDEX "device_groups_name_key";

-- DropIndex
DROP INDEX "tasks_name_key";

-- AlterTable
ALTER TABLE "api_keys" ADD COLUMN     "installation_admin" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "project_id" TEXT NOT NULL DEFAULT 'prj_00000000000000000000000000';

-- AlterTable
ALTER TABLE "audit_events" ADD COLUMN     "project_id" TEXT;

-- AlterTable
ALTER TABLE "base_networks" ADD COLUMN     "project_id" TEXT;

-- AlterTable
ALTER TABLE "dataset_versions" ADD COLUMN     "project_id" TEXT NOT NULL DEFAULT 'prj_00000000000000000000000000';

-- AlterTable
ALTER TABLE "datasets" ADD COLUMN     "project_id" TEXT NOT NULL DEFAULT 'prj_00000000000000000000000000';

-- AlterTable
ALTER TABLE "device_groups" ADD COLUMN     "project_id" TEXT NOT NULL DEFAULT 'prj_00000000000000000000000000';

-- AlterTable
ALTER TABLE "devices" ADD COLUMN     "project_id" TEXT NOT NULL DEFAULT 'prj_00000000000000000000000000';

-- AlterTable
ALTER TABLE "idempotency_keys" DROP CONSTRAINT "idempotency_keys_pkey",
ADD COLUMN     "project_id" TEXT NOT NULL DEFAULT 'prj_00000000000000000000000000',
ADD CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("project_id", "principal", "route", "key");

-- AlterTable
ALTER TABLE "modulator_versions" ADD COLUMN     "project_id" TEXT NOT NULL DEFAULT 'prj_00000000000000000000000000';

-- AlterTable
ALTER TABLE "modulators" ADD COLUMN     "project_id" TEXT NOT NULL DEFAULT 'prj_00000000000000000000000000';

-- AlterTable
ALTER TABLE "rollouts" ADD COLUMN     "project_id" TEXT NOT NULL DEFAULT 'prj_00000000000000000000000000';

-- AlterTable
ALTER TABLE "tasks" ADD COLUMN     "project_id" TEXT NOT NULL DEFAULT 'prj_00000000000000000000000000';

-- AlterTable
ALTER TABLE "training_jobs" ADD COLUMN     "project_id" TEXT NOT NULL DEFAULT 'prj_00000000000000000000000000';

-- From now on every row says whose it is.
ALTER TABLE "api_keys" ALTER COLUMN "project_id" DROP DEFAULT;
ALTER TABLE "dataset_versions" ALTER COLUMN "project_id" DROP DEFAULT;
ALTER TABLE "datasets" ALTER COLUMN "project_id" DROP DEFAULT;
ALTER TABLE "device_groups" ALTER COLUMN "project_id" DROP DEFAULT;
ALTER TABLE "devices" ALTER COLUMN "project_id" DROP DEFAULT;
ALTER TABLE "idempotency_keys" ALTER COLUMN "project_id" DROP DEFAULT;
ALTER TABLE "modulator_versions" ALTER COLUMN "project_id" DROP DEFAULT;
ALTER TABLE "modulators" ALTER COLUMN "project_id" DROP DEFAULT;
ALTER TABLE "rollouts" ALTER COLUMN "project_id" DROP DEFAULT;
ALTER TABLE "tasks" ALTER COLUMN "project_id" DROP DEFAULT;
ALTER TABLE "training_jobs" ALTER COLUMN "project_id" DROP DEFAULT;

-- What meta jobs made stays with the jobs; the other base networks are shared. Whoever was admin was admin of everything.
UPDATE "base_networks" SET "project_id" = 'prj_00000000000000000000000000' WHERE "training_job_id" IS NOT NULL;
UPDATE "api_keys" SET "installation_admin" = true WHERE "role" = 'admin';

-- CreateIndex
CREATE INDEX "api_keys_project_id_id_idx" ON "api_keys"("project_id", "id");

-- CreateIndex
CREATE INDEX "audit_events_project_id_seq_idx" ON "audit_events"("project_id", "seq");

-- CreateIndex
CREATE INDEX "base_networks_digest_idx" ON "base_networks"("digest");

-- CreateIndex
CREATE UNIQUE INDEX "base_networks_project_id_name_key" ON "base_networks"("project_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "base_networks_project_id_digest_key" ON "base_networks"("project_id", "digest");

-- CreateIndex
CREATE UNIQUE INDEX "dataset_versions_project_id_id_key" ON "dataset_versions"("project_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "datasets_project_id_id_key" ON "datasets"("project_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "datasets_project_id_name_key" ON "datasets"("project_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "device_groups_project_id_id_key" ON "device_groups"("project_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "device_groups_project_id_name_key" ON "device_groups"("project_id", "name");

-- CreateIndex
CREATE INDEX "devices_project_id_id_idx" ON "devices"("project_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "modulator_versions_project_id_id_key" ON "modulator_versions"("project_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "modulator_versions_project_id_training_job_id_key" ON "modulator_versions"("project_id", "training_job_id");

-- CreateIndex
CREATE UNIQUE INDEX "modulators_project_id_id_key" ON "modulators"("project_id", "id");

-- CreateIndex
CREATE INDEX "rollouts_project_id_id_idx" ON "rollouts"("project_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "tasks_project_id_id_key" ON "tasks"("project_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "tasks_project_id_name_key" ON "tasks"("project_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "training_jobs_project_id_id_key" ON "training_jobs"("project_id", "id");

-- AddForeignKey
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "audit_events" ADD CONSTRAINT "audit_events_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "base_networks" ADD CONSTRAINT "base_networks_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "datasets" ADD CONSTRAINT "datasets_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dataset_versions" ADD CONSTRAINT "dataset_versions_project_id_dataset_id_fkey" FOREIGN KEY ("project_id", "dataset_id") REFERENCES "datasets"("project_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "training_jobs" ADD CONSTRAINT "training_jobs_project_id_task_id_fkey" FOREIGN KEY ("project_id", "task_id") REFERENCES "tasks"("project_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "training_jobs" ADD CONSTRAINT "training_jobs_project_id_dataset_version_id_fkey" FOREIGN KEY ("project_id", "dataset_version_id") REFERENCES "dataset_versions"("project_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "training_jobs" ADD CONSTRAINT "training_jobs_project_id_start_from_id_fkey" FOREIGN KEY ("project_id", "start_from_id") REFERENCES "modulator_versions"("project_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "modulators" ADD CONSTRAINT "modulators_project_id_task_id_fkey" FOREIGN KEY ("project_id", "task_id") REFERENCES "tasks"("project_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "modulator_versions" ADD CONSTRAINT "modulator_versions_project_id_modulator_id_fkey" FOREIGN KEY ("project_id", "modulator_id") REFERENCES "modulators"("project_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "modulator_versions" ADD CONSTRAINT "modulator_versions_project_id_training_job_id_fkey" FOREIGN KEY ("project_id", "training_job_id") REFERENCES "training_jobs"("project_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "device_groups" ADD CONSTRAINT "device_groups_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "devices" ADD CONSTRAINT "devices_project_id_group_id_fkey" FOREIGN KEY ("project_id", "group_id") REFERENCES "device_groups"("project_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rollouts" ADD CONSTRAINT "rollouts_project_id_modulator_version_id_fkey" FOREIGN KEY ("project_id", "modulator_version_id") REFERENCES "modulator_versions"("project_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rollouts" ADD CONSTRAINT "rollouts_project_id_group_id_fkey" FOREIGN KEY ("project_id", "group_id") REFERENCES "device_groups"("project_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Checks that the schema language has no words for
ALTER TABLE "projects"
  ADD CONSTRAINT "projects_name_check" CHECK ("name" ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$');
ALTER TABLE "api_keys"
  ADD CONSTRAINT "api_keys_installation_admin" CHECK (NOT "installation_admin" OR "role" = 'admin');

-- NULLs are distinct in the unique indexes above, so what is shared has its own.
CREATE UNIQUE INDEX "base_networks_shared_name_key" ON "base_networks" ("name") WHERE "project_id" IS NULL;
CREATE UNIQUE INDEX "base_networks_shared_digest_key" ON "base_networks" ("digest") WHERE "project_id" IS NULL;

-- A base network is shared or a project's own, which no foreign key can say.
CREATE FUNCTION "refuse_base_network_of_another_project"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM "base_networks" WHERE "id" = NEW."base_network_id" AND "project_id" <> NEW."project_id") THEN
    RAISE EXCEPTION '%: the base network belongs to another project', TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END;
$$;
CREATE TRIGGER "training_jobs_base_network_project" BEFORE INSERT OR UPDATE OF "project_id", "base_network_id"
  ON "training_jobs" FOR EACH ROW EXECUTE FUNCTION "refuse_base_network_of_another_project"();
CREATE TRIGGER "modulators_base_network_project" BEFORE INSERT OR UPDATE OF "project_id", "base_network_id"
  ON "modulators" FOR EACH ROW EXECUTE FUNCTION "refuse_base_network_of_another_project"();

-- What a job makes begins as its project's own. It may become shared, and never another project's.
CREATE FUNCTION "check_project_of_base_network"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW."project_id" IS NOT NULL AND NEW."project_id" IS DISTINCT FROM OLD."project_id" THEN
    RAISE EXCEPTION 'base_networks: a base network may be shared, and not moved';
  END IF;
  IF NEW."training_job_id" IS NOT NULL AND (TG_OP = 'INSERT' OR NEW."project_id" IS NOT NULL) AND NOT EXISTS (
    SELECT 1 FROM "training_jobs" WHERE "id" = NEW."training_job_id" AND "project_id" = NEW."project_id"
  ) THEN
    RAISE EXCEPTION 'base_networks: the job that made it belongs to another project';
  END IF;
  RETURN NEW;
END;
$$;
CREATE TRIGGER "base_networks_project" BEFORE INSERT OR UPDATE OF "project_id", "training_job_id"
  ON "base_networks" FOR EACH ROW EXECUTE FUNCTION "check_project_of_base_network"();
