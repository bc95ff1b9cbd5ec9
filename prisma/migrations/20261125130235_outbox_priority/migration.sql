-- AlterTable
ALTER TABLE "outbox_messages" ADD COLUMN     "priority" INTEGER NOT NULL DEFAULT 0;

ALTER TABLE "outbox_messages"
  ADD CONSTRAINT "outbox_messages_priority" CHECK ("priority" BETWEEN 0 AND 9);

-- A job's log grows at its end; it goes only with its job.
CREATE FUNCTION "refuse_change_of_job_events"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'job_events is append-only';
END;
$$;
CREATE TRIGGER "job_events_append_only" BEFORE UPDATE ON "job_events"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_job_events"();
