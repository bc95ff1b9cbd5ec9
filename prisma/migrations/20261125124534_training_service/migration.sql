-- DropIndex
DROP INDEX "training_jobs_state_created_at_idx";

-- AlterTable
ALTER TABLE "training_jobs" ADD COLUMN     "accelerator" TEXT NOT NULL DEFAULT 'any',
ADD COLUMN     "deadline" TIMESTAMPTZ(3),
ADD COLUMN     "pause_requested" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "priority" INTEGER NOT NULL DEFAULT 5,
ADD COLUMN     "start_from_id" TEXT,
ADD COLUMN     "threads" INTEGER;

-- CreateTable
CREATE TABLE "job_checkpoints" (
    "id" BIGSERIAL NOT NULL,
    "training_job_id" TEXT NOT NULL,
    "step" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "job_checkpoints_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "job_checkpoints_key_key" ON "job_checkpoints"("key");

-- CreateIndex
CREATE INDEX "job_checkpoints_training_job_id_id_idx" ON "job_checkpoints"("training_job_id", "id");

-- CreateIndex
CREATE INDEX "training_jobs_state_priority_created_at_idx" ON "training_jobs"("state", "priority" DESC, "created_at");

-- CreateIndex
CREATE INDEX "training_jobs_deadline_idx" ON "training_jobs"("deadline");

-- AddForeignKey
ALTER TABLE "training_jobs" ADD CONSTRAINT "training_jobs_start_from_id_fkey" FOREIGN KEY ("start_from_id") REFERENCES "modulator_versions"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "job_checkpoints" ADD CONSTRAINT "job_checkpoints_training_job_id_fkey" FOREIGN KEY ("training_job_id") REFERENCES "training_jobs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Only somebody's lease can be asked to pause; what never ran has no threads.
ALTER TABLE "training_jobs"
  ADD CONSTRAINT "training_jobs_priority" CHECK ("priority" BETWEEN 0 AND 9),
  ADD CONSTRAINT "training_jobs_accelerator" CHECK ("accelerator" IN ('any', 'gpu')),
  ADD CONSTRAINT "training_jobs_pause" CHECK (NOT "pause_requested" OR "state" IN ('running', 'evaluating')),
  ADD CONSTRAINT "training_jobs_threads" CHECK ("threads" > 0);

ALTER TABLE "job_checkpoints"
  ADD CONSTRAINT "job_checkpoints_sizes" CHECK ("step" >= 0 AND "size" > 0);
