-- AlterTable
ALTER TABLE "base_networks" ADD COLUMN     "start_digest" TEXT,
ADD COLUMN     "training_job_id" TEXT;

-- AlterTable
ALTER TABLE "training_jobs" ADD COLUMN     "meta" JSONB,
ADD COLUMN     "output_name" TEXT,
ALTER COLUMN "task_id" DROP NOT NULL;

-- CreateIndex
CREATE UNIQUE INDEX "base_networks_training_job_id_key" ON "base_networks"("training_job_id");

-- AddForeignKey
ALTER TABLE "base_networks" ADD CONSTRAINT "base_networks_training_job_id_fkey" FOREIGN KEY ("training_job_id") REFERENCES "training_jobs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- A meta job trains no task: it makes a base network of a name of its own, by settings of its own.
ALTER TABLE "training_jobs"
  ADD CONSTRAINT "training_jobs_scenario" CHECK (
    "scenario" IN ('transfer', 'few-shot', 'meta')
    AND ("scenario" = 'meta') = ("task_id" IS NULL)
    AND ("scenario" = 'meta') = ("output_name" IS NOT NULL)
    AND ("scenario" = 'meta') = ("meta" IS NOT NULL)
  );

-- Only meta-training finds a starting point.
ALTER TABLE "base_networks"
  ADD CONSTRAINT "base_networks_start" CHECK (
    "start_digest" ~ '^sha256:[0-9a-f]{64}$'
    AND ("start_digest" IS NULL) = ("training_job_id" IS NULL)
  );
