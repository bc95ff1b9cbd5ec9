-- AlterTable
ALTER TABLE "training_jobs" DROP COLUMN "checkpoint_key";
