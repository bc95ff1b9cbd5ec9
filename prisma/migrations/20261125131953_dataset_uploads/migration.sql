-- CreateEnum
CREATE TYPE "UploadState" AS ENUM ('uploading', 'validating', 'done');

-- AlterTable
ALTER TABLE "dataset_versions" ADD COLUMN     "preview_digest" TEXT,
ADD COLUMN     "source_digest" TEXT,
ADD COLUMN     "stats" JSONB;

-- CreateTable
CREATE TABLE "dataset_uploads" (
    "id" TEXT NOT NULL,
    "dataset_id" TEXT NOT NULL,
    "version_id" TEXT,
    "actor_id" TEXT NOT NULL,
    "state" "UploadState" NOT NULL DEFAULT 'uploading',
    "size" BIGINT,
    "offset" BIGINT NOT NULL DEFAULT 0,
    "fingerprint" TEXT,
    "digest" TEXT,
    "duplicate" BOOLEAN NOT NULL DEFAULT false,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "lease_owner" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "dataset_uploads_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "dataset_upload_parts" (
    "upload_id" TEXT NOT NULL,
    "start" BIGINT NOT NULL,
    "size" INTEGER NOT NULL,
    "key" TEXT NOT NULL,

    CONSTRAINT "dataset_upload_parts_pkey" PRIMARY KEY ("upload_id","start")
);

-- CreateIndex
CREATE INDEX "dataset_uploads_state_expires_at_idx" ON "dataset_uploads"("state", "expires_at");

-- CreateIndex
CREATE INDEX "dataset_uploads_dataset_id_state_idx" ON "dataset_uploads"("dataset_id", "state");

-- CreateIndex
CREATE INDEX "dataset_versions_dataset_id_source_digest_idx" ON "dataset_versions"("dataset_id", "source_digest");

-- AddForeignKey
ALTER TABLE "dataset_uploads" ADD CONSTRAINT "dataset_uploads_dataset_id_fkey" FOREIGN KEY ("dataset_id") REFERENCES "datasets"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dataset_uploads" ADD CONSTRAINT "dataset_uploads_version_id_fkey" FOREIGN KEY ("version_id") REFERENCES "dataset_versions"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dataset_upload_parts" ADD CONSTRAINT "dataset_upload_parts_upload_id_fkey" FOREIGN KEY ("upload_id") REFERENCES "dataset_uploads"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Checks that the schema language has no words for
ALTER TABLE "dataset_versions"
  ADD CONSTRAINT "dataset_versions_source_digest_check" CHECK ("source_digest" ~ '^sha256:[0-9a-f]{64}$'),
  ADD CONSTRAINT "dataset_versions_preview_digest_check" CHECK ("preview_digest" ~ '^sha256:[0-9a-f]{64}$');
ALTER TABLE "dataset_uploads"
  ADD CONSTRAINT "dataset_uploads_offset_check" CHECK ("offset" >= 0 AND ("size" IS NULL OR "offset" <= "size")),
  ADD CONSTRAINT "dataset_uploads_digest_check" CHECK ("digest" ~ '^sha256:[0-9a-f]{64}$'),
  ADD CONSTRAINT "dataset_uploads_attempts_check" CHECK ("attempts" >= 0),
  ADD CONSTRAINT "dataset_uploads_lease_check" CHECK (("lease_owner" IS NULL) = ("lease_until" IS NULL));
ALTER TABLE "dataset_upload_parts"
  ADD CONSTRAINT "dataset_upload_parts_check" CHECK ("start" >= 0 AND "size" > 0);
