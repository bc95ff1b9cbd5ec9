-- AlterTable
ALTER TABLE "rollouts" ADD COLUMN     "ordered_as" TEXT;

-- AlterTable
ALTER TABLE "tasks" ADD COLUMN     "gates" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "required_approvals" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "revision" INTEGER NOT NULL DEFAULT 1;

-- CreateTable
CREATE TABLE "gate_reports" (
    "modulator_version_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "passed" BOOLEAN NOT NULL,
    "task_revision" INTEGER NOT NULL,
    "reference_id" TEXT,
    "results" JSONB NOT NULL,
    "trigger" TEXT NOT NULL,
    "evaluated_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "gate_reports_pkey" PRIMARY KEY ("modulator_version_id","number")
);

-- CreateTable
CREATE TABLE "version_approvals" (
    "id" TEXT NOT NULL,
    "modulator_version_id" TEXT NOT NULL,
    "person" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "comment" TEXT NOT NULL,
    "override_reason" TEXT,
    "overridden" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "withdrawn_at" TIMESTAMPTZ(3),

    CONSTRAINT "version_approvals_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "task_aliases" (
    "task_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "modulator_version_id" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "set_revision" INTEGER NOT NULL,
    "updated_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "task_aliases_pkey" PRIMARY KEY ("task_id","name")
);

-- CreateTable
CREATE TABLE "task_alias_changes" (
    "task_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "action" TEXT NOT NULL,
    "from_version_id" TEXT,
    "to_version_id" TEXT NOT NULL,
    "back_to" INTEGER,
    "actor" TEXT NOT NULL,
    "actor_name" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "task_alias_changes_pkey" PRIMARY KEY ("task_id","name","revision")
);

-- CreateIndex
CREATE INDEX "version_approvals_modulator_version_id_created_at_idx" ON "version_approvals"("modulator_version_id", "created_at");

-- CreateIndex
CREATE INDEX "task_aliases_modulator_version_id_idx" ON "task_aliases"("modulator_version_id");

-- CreateIndex
CREATE INDEX "modulator_versions_state_id_idx" ON "modulator_versions"("state", "id");

-- AddForeignKey
ALTER TABLE "gate_reports" ADD CONSTRAINT "gate_reports_modulator_version_id_fkey" FOREIGN KEY ("modulator_version_id") REFERENCES "modulator_versions"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "version_approvals" ADD CONSTRAINT "version_approvals_modulator_version_id_fkey" FOREIGN KEY ("modulator_version_id") REFERENCES "modulator_versions"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "task_aliases" ADD CONSTRAINT "task_aliases_task_id_fkey" FOREIGN KEY ("task_id") REFERENCES "tasks"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "task_aliases" ADD CONSTRAINT "task_aliases_modulator_version_id_fkey" FOREIGN KEY ("modulator_version_id") REFERENCES "modulator_versions"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "task_alias_changes" ADD CONSTRAINT "task_alias_changes_task_id_name_fkey" FOREIGN KEY ("task_id", "name") REFERENCES "task_aliases"("task_id", "name") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "task_alias_changes" ADD CONSTRAINT "task_alias_changes_from_version_id_fkey" FOREIGN KEY ("from_version_id") REFERENCES "modulator_versions"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "task_alias_changes" ADD CONSTRAINT "task_alias_changes_to_version_id_fkey" FOREIGN KEY ("to_version_id") REFERENCES "modulator_versions"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What follows is written by hand: rules that the Prisma schema cannot say. They hold whatever the services do.

ALTER TABLE "tasks"
  ADD CONSTRAINT "tasks_gates" CHECK (jsonb_typeof("gates") = 'object'),
  ADD CONSTRAINT "tasks_required_approvals" CHECK ("required_approvals" BETWEEN 1 AND 5),
  ADD CONSTRAINT "tasks_revision" CHECK ("revision" > 0);

ALTER TABLE "gate_reports"
  ADD CONSTRAINT "gate_reports_number" CHECK ("number" > 0 AND "task_revision" > 0),
  ADD CONSTRAINT "gate_reports_results" CHECK (jsonb_typeof("results") = 'array'),
  ADD CONSTRAINT "gate_reports_trigger" CHECK ("trigger" IN ('registration', 'request', 'approval'));

ALTER TABLE "version_approvals"
  ADD CONSTRAINT "version_approvals_override" CHECK (
    ("override_reason" IS NULL) = (cardinality("overridden") = 0) AND "override_reason" <> '');
-- One person counts once.
CREATE UNIQUE INDEX "version_approvals_one_each" ON "version_approvals" ("modulator_version_id", "person")
  WHERE "withdrawn_at" IS NULL;

ALTER TABLE "task_aliases"
  ADD CONSTRAINT "task_aliases_name" CHECK ("name" ~ '^[a-z]([a-z0-9-]*[a-z0-9])?$'),
  ADD CONSTRAINT "task_aliases_revisions" CHECK ("set_revision" BETWEEN 1 AND "revision");

ALTER TABLE "task_alias_changes"
  ADD CONSTRAINT "task_alias_changes_action" CHECK (
    "action" IN ('set', 'rollback') AND ("action" = 'set' OR "back_to" IS NOT NULL)),
  ADD CONSTRAINT "task_alias_changes_first" CHECK (("revision" = 1) = ("from_version_id" IS NULL) AND "revision" > 0),
  ADD CONSTRAINT "task_alias_changes_back_to" CHECK ("back_to" > 0 AND "back_to" < "revision"),
  ADD CONSTRAINT "task_alias_changes_move" CHECK ("from_version_id" <> "to_version_id");

CREATE FUNCTION "refuse_change_of_history"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END;
$$;
CREATE TRIGGER "gate_reports_append_only" BEFORE UPDATE OR DELETE ON "gate_reports"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_history"();
CREATE TRIGGER "gate_reports_no_truncate" BEFORE TRUNCATE ON "gate_reports"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change_of_history"();
CREATE TRIGGER "task_alias_changes_append_only" BEFORE UPDATE OR DELETE ON "task_alias_changes"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_history"();
CREATE TRIGGER "task_alias_changes_no_truncate" BEFORE TRUNCATE ON "task_alias_changes"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change_of_history"();

-- An approval is withdrawn once; nothing else of it ever changes.
CREATE FUNCTION "keep_version_approvals"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD."withdrawn_at" IS NULL AND NEW."withdrawn_at" IS NOT NULL
     AND to_jsonb(NEW) - 'withdrawn_at' = to_jsonb(OLD) - 'withdrawn_at' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'an approval can only be withdrawn';
END;
$$;
CREATE TRIGGER "version_approvals_kept" BEFORE UPDATE OR DELETE ON "version_approvals"
  FOR EACH ROW EXECUTE FUNCTION "keep_version_approvals"();

-- An alias names a version of its own task.
CREATE FUNCTION "check_task_alias"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM "modulator_versions" v JOIN "modulators" m ON m."id" = v."modulator_id"
    WHERE v."id" = NEW."modulator_version_id" AND m."task_id" = NEW."task_id"
  ) THEN
    RAISE EXCEPTION 'version % is of another task', NEW."modulator_version_id";
  END IF;
  RETURN NEW;
END;
$$;
CREATE TRIGGER "task_aliases_own_task" BEFORE INSERT OR UPDATE ON "task_aliases"
  FOR EACH ROW EXECUTE FUNCTION "check_task_alias"();

-- Each change begins where the one before it ended.
CREATE FUNCTION "check_task_alias_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."revision" > 1 AND NOT EXISTS (
    SELECT 1 FROM "task_alias_changes" c
    WHERE c."task_id" = NEW."task_id" AND c."name" = NEW."name"
      AND c."revision" = NEW."revision" - 1 AND c."to_version_id" = NEW."from_version_id"
  ) THEN
    RAISE EXCEPTION 'change % of alias % has no change before it', NEW."revision", NEW."name";
  END IF;
  RETURN NEW;
END;
$$;
CREATE TRIGGER "task_alias_changes_linear" BEFORE INSERT ON "task_alias_changes"
  FOR EACH ROW EXECUTE FUNCTION "check_task_alias_change"();
