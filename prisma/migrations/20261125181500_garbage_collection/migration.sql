-- CreateEnum
CREATE TYPE "CollectionState" AS ENUM ('queued', 'running', 'done', 'failed');

-- CreateTable
CREATE TABLE "object_marks" (
    "name" TEXT NOT NULL,
    "announced_at" TIMESTAMPTZ(3),
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "object_marks_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "garbage_collections" (
    "id" TEXT NOT NULL,
    "state" "CollectionState" NOT NULL DEFAULT 'queued',
    "dry_run" BOOLEAN NOT NULL,
    "min_age_seconds" INTEGER NOT NULL,
    "requested_by" TEXT NOT NULL,
    "lease_owner" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "report" JSONB,
    "error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "garbage_collections_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "garbage_candidates" (
    "collection_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "size" BIGINT NOT NULL,

    CONSTRAINT "garbage_candidates_pkey" PRIMARY KEY ("collection_id","key")
);

-- CreateIndex
CREATE INDEX "object_marks_announced_at_idx" ON "object_marks"("announced_at");

-- CreateIndex
CREATE INDEX "base_networks_graph_digest_idx" ON "base_networks"("graph_digest");

-- CreateIndex
CREATE INDEX "base_networks_weights_digest_idx" ON "base_networks"("weights_digest");

-- CreateIndex
CREATE INDEX "base_networks_start_digest_idx" ON "base_networks"("start_digest");

-- CreateIndex
CREATE INDEX "dataset_upload_parts_key_idx" ON "dataset_upload_parts"("key");

-- CreateIndex
CREATE INDEX "dataset_versions_digest_idx" ON "dataset_versions"("digest");

-- CreateIndex
CREATE INDEX "dataset_versions_preview_digest_idx" ON "dataset_versions"("preview_digest");

-- CreateIndex
CREATE INDEX "modulator_versions_predictions_digest_idx" ON "modulator_versions"("predictions_digest");

-- AddForeignKey
ALTER TABLE "garbage_candidates" ADD CONSTRAINT "garbage_candidates_collection_id_fkey" FOREIGN KEY ("collection_id") REFERENCES "garbage_collections"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "garbage_collections"
  ADD CONSTRAINT "garbage_collections_age_check" CHECK ("min_age_seconds" >= 0),
  ADD CONSTRAINT "garbage_collections_state_check" CHECK (
    ("state" IN ('done', 'failed')) = ("finished_at" IS NOT NULL) AND ("state" = 'running') = ("lease_owner" IS NOT NULL)
    AND ("lease_owner" IS NULL) = ("lease_until" IS NULL) AND ("state" = 'failed') = ("error" IS NOT NULL)
    AND ("state" <> 'done' OR "report" IS NOT NULL));
-- One at a time, whoever asks.
CREATE UNIQUE INDEX "garbage_collections_one_active" ON "garbage_collections" ((true)) WHERE "state" IN ('queued', 'running');

-- The lock of an object, by its digest or key: writers share it, a removal has it alone.
CREATE FUNCTION "object_lock"("object" text) RETURNS bigint IMMUTABLE LANGUAGE sql AS $$
  SELECT hashtextextended("object", 7264003)
$$;

-- Waits for a removal that is under way. Volatile, so that what it then writes follows what the removal committed.
CREATE FUNCTION "announce_object"("object" text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(object_lock("object"));
  INSERT INTO "object_marks" ("name", "announced_at", "removed_at") VALUES ("object", clock_timestamp(), NULL)
  ON CONFLICT ("name") DO UPDATE SET "announced_at" = clock_timestamp(), "removed_at" = NULL;
END;
$$;

-- A row must not refer to an object that was removed. The lock is held until the transaction ends: a removal that comes
-- after it sees the row, and one that came before has left its mark.
CREATE FUNCTION "refuse_removed_object"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  "column" text;
  "object" text;
BEGIN
  FOREACH "column" IN ARRAY TG_ARGV LOOP
    EXECUTE format('SELECT ($1).%I', "column") INTO "object" USING NEW;
    CONTINUE WHEN "object" IS NULL;
    PERFORM pg_advisory_xact_lock_shared(object_lock("object"));
    IF EXISTS (SELECT 1 FROM "object_marks" WHERE "name" = "object" AND "removed_at" IS NOT NULL) THEN
      RAISE EXCEPTION 'object % was removed from the store', "object";
    END IF;
  END LOOP;
  RETURN NEW;
END;
$$;
CREATE TRIGGER "base_networks_objects" BEFORE INSERT OR UPDATE OF "graph_digest", "weights_digest", "start_digest"
  ON "base_networks" FOR EACH ROW
  EXECUTE FUNCTION "refuse_removed_object"('graph_digest', 'weights_digest', 'start_digest');
CREATE TRIGGER "dataset_versions_objects" BEFORE INSERT OR UPDATE OF "digest", "preview_digest"
  ON "dataset_versions" FOR EACH ROW EXECUTE FUNCTION "refuse_removed_object"('digest', 'preview_digest');
CREATE TRIGGER "modulator_versions_objects" BEFORE INSERT OR UPDATE OF "digest", "predictions_digest"
  ON "modulator_versions" FOR EACH ROW EXECUTE FUNCTION "refuse_removed_object"('digest', 'predictions_digest');
CREATE TRIGGER "dataset_upload_parts_objects" BEFORE INSERT OR UPDATE OF "key"
  ON "dataset_upload_parts" FOR EACH ROW EXECUTE FUNCTION "refuse_removed_object"('key');
CREATE TRIGGER "job_checkpoints_objects" BEFORE INSERT OR UPDATE OF "key"
  ON "job_checkpoints" FOR EACH ROW EXECUTE FUNCTION "refuse_removed_object"('key');
