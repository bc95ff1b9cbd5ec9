-- DropIndex
DROP INDEX "training_jobs_state_priority_created_at_idx";

-- AlterTable
ALTER TABLE "training_jobs" ADD COLUMN     "queued_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- CreateTable
CREATE TABLE "trainers" (
    "id" TEXT NOT NULL,
    "hostname" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "backend" TEXT NOT NULL,
    "accelerator" TEXT NOT NULL,
    "concurrency" INTEGER NOT NULL,
    "running" INTEGER NOT NULL DEFAULT 0,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "trainers_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "trainers_last_seen_at_idx" ON "trainers"("last_seen_at");

-- CreateIndex
CREATE INDEX "job_events_training_job_id_type_id_idx" ON "job_events"("training_job_id", "type", "id");

-- CreateIndex
CREATE INDEX "training_jobs_state_priority_queued_at_id_idx" ON "training_jobs"("state", "priority" DESC, "queued_at", "id");

-- Jobs that wait already keep their places.
UPDATE "training_jobs" SET "queued_at" = "created_at";

ALTER TABLE "trainers"
  ADD CONSTRAINT "trainers_accelerator" CHECK ("accelerator" IN ('cpu', 'gpu')),
  ADD CONSTRAINT "trainers_jobs" CHECK ("concurrency" > 0 AND "running" >= 0);
