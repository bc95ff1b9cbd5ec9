-- Webhooks are told of what happens in their project; those that are there belong to the first one.
ALTER TABLE "webhooks" ADD COLUMN "project_id" TEXT;
UPDATE "webhooks" SET "project_id" = (SELECT "id" FROM "projects" ORDER BY "created_at", "id" LIMIT 1);
ALTER TABLE "webhooks" ALTER COLUMN "project_id" SET NOT NULL;

-- CreateIndex
CREATE INDEX "webhooks_project_id_id_idx" ON "webhooks"("project_id", "id");

-- AddForeignKey
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- CreateTable
CREATE TABLE "audit_checkpoints" (
    "seq" BIGINT NOT NULL,
    "hash" TEXT NOT NULL,
    "entries" BIGINT NOT NULL,
    "kid" TEXT NOT NULL,
    "statement" JSONB NOT NULL,
    "signed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "audit_checkpoints_pkey" PRIMARY KEY ("seq")
);

-- CreateIndex
CREATE INDEX "audit_events_actor_seq_idx" ON "audit_events"("actor", "seq");

-- CreateIndex
CREATE INDEX "audit_events_action_seq_idx" ON "audit_events"("action", "seq");

-- CreateIndex
CREATE INDEX "audit_events_at_idx" ON "audit_events"("at");

ALTER TABLE "audit_checkpoints"
  ADD CONSTRAINT "audit_checkpoints_numbers_check" CHECK ("seq" > 0 AND "entries" > 0 AND "entries" <= "seq");

-- Checkpoints too are only ever added.
CREATE FUNCTION "refuse_change_of_audit_checkpoints"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_checkpoints is append-only';
END;
$$;
CREATE TRIGGER "audit_checkpoints_append_only" BEFORE UPDATE OR DELETE ON "audit_checkpoints"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_audit_checkpoints"();
CREATE TRIGGER "audit_checkpoints_no_truncate" BEFORE TRUNCATE ON "audit_checkpoints"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change_of_audit_checkpoints"();

-- Lock, last hash and insert in one round trip: writers wait for each other only that long, and for a commit. `entry` is
-- the row without its hash; the hash is of the canonical JSON `head || last hash || tail`, which the caller writes. The
-- function is volatile, so that its second statement sees what the holder of the lock before has committed.
CREATE FUNCTION "append_audit_event"("entry" jsonb, "head" text, "tail" text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  "last" text;
BEGIN
  PERFORM pg_advisory_xact_lock(7264001);
  SELECT "hash" INTO "last" FROM "audit_events" ORDER BY "seq" DESC LIMIT 1;
  INSERT INTO "audit_events" ("at", "project_id", "actor", "action", "resource", "before", "after", "request_id", "hash")
  VALUES (
    ("entry"->>'at')::timestamptz, "entry"->>'projectId', "entry"->>'actor', "entry"->>'action', "entry"->>'resource',
    nullif("entry"->'before', 'null'::jsonb), nullif("entry"->'after', 'null'::jsonb), "entry"->>'requestId',
    encode(sha256(convert_to("head" || coalesce("last", '') || "tail", 'UTF8')), 'hex'));
END;
$$;
