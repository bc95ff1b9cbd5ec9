-- AlterTable
ALTER TABLE "rollouts" ADD COLUMN     "accepted_failures" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "approval_comment" TEXT,
ADD COLUMN     "approval_required" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "approved_at" TIMESTAMPTZ(3),
ADD COLUMN     "approved_by" TEXT,
ADD COLUMN     "gate_held_since" TIMESTAMPTZ(3),
ADD COLUMN     "on_breach" TEXT NOT NULL DEFAULT 'halt',
ADD COLUMN     "priority" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "rolled_back_to_id" TEXT,
ADD COLUMN     "start_at" TIMESTAMPTZ(3),
ADD COLUMN     "stop_reason" TEXT,
ADD COLUMN     "stopped_at" TIMESTAMPTZ(3),
ADD COLUMN     "wave_started_at" TIMESTAMPTZ(3),
ADD COLUMN     "windows" JSONB NOT NULL DEFAULT '[]';

-- AlterTable
ALTER TABLE "tasks" ADD COLUMN     "rollout_approval" BOOLEAN NOT NULL DEFAULT false;

-- CreateIndex
CREATE INDEX "rollouts_rolled_back_to_id_idx" ON "rollouts"("rolled_back_to_id");

-- AddForeignKey
ALTER TABLE "rollouts" ADD CONSTRAINT "rollouts_rolled_back_to_fkey" FOREIGN KEY ("project_id", "rolled_back_to_id") REFERENCES "modulator_versions"("project_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Gates were kept but not looked at, and every device of a wave had to be done: that is a sample of the whole wave now.
UPDATE "rollouts" SET "waves" = (
  SELECT jsonb_agg(CASE WHEN wave ->> 'minSample' = '1' THEN wave - 'minSample' ELSE wave END ORDER BY place)
  FROM jsonb_array_elements("waves") WITH ORDINALITY AS each(wave, place));
-- The clocks of waves begin now: none of what runs is late because nobody measured before.
UPDATE "rollouts" SET "wave_started_at" = now() WHERE "started_at" IS NOT NULL;
UPDATE "rollouts" SET "stop_reason" = 'wave_done', "stopped_at" = now() WHERE "state" = 'paused';

ALTER TABLE "rollouts"
  DROP CONSTRAINT "rollouts_started",
  DROP CONSTRAINT "rollouts_finished",
  ADD CONSTRAINT "rollouts_started" CHECK (
    CASE WHEN "state" IN ('created', 'scheduled') THEN "started_at" IS NULL
    WHEN "state" = 'aborted' THEN TRUE ELSE "started_at" IS NOT NULL END),
  ADD CONSTRAINT "rollouts_finished" CHECK (
    ("finished_at" IS NOT NULL) = ("state" IN ('completed', 'aborted', 'rolled_back'))),
  ADD CONSTRAINT "rollouts_stopped" CHECK (
    ("stop_reason" IS NULL) = ("stopped_at" IS NULL)
    AND ("stop_reason" IS NOT NULL OR "state" NOT IN ('paused', 'halted'))
    AND ("stop_reason" IS NULL OR "state" NOT IN ('created', 'scheduled', 'running'))),
  ADD CONSTRAINT "rollouts_stop_reason" CHECK ("stop_reason" IN ('operator', 'wave_done', 'errors', 'deadline')),
  ADD CONSTRAINT "rollouts_on_breach" CHECK ("on_breach" IN ('halt', 'rollback')),
  ADD CONSTRAINT "rollouts_priority" CHECK ("priority" BETWEEN 0 AND 100),
  ADD CONSTRAINT "rollouts_accepted_failures" CHECK ("accepted_failures" >= 0),
  ADD CONSTRAINT "rollouts_windows" CHECK (jsonb_typeof("windows") = 'array'),
  ADD CONSTRAINT "rollouts_rolled_back_to" CHECK ("rolled_back_to_id" IS NULL OR "state" = 'rolled_back'),
  ADD CONSTRAINT "rollouts_approval" CHECK (("approved_by" IS NULL) = ("approved_at" IS NULL));
