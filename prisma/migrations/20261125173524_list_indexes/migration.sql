-- Search for a part of a name. The extension comes with Postgres and is trusted: who owns the database may create it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- DropIndex
DROP INDEX "devices_group_id_id_idx";

-- DropIndex
DROP INDEX "devices_project_id_id_idx";

-- DropIndex
DROP INDEX "rollouts_project_id_id_idx";

-- DropIndex
DROP INDEX "training_jobs_state_priority_queued_at_id_idx";

-- DropIndex
DROP INDEX "training_jobs_task_id_created_at_idx";

-- CreateTable
CREATE TABLE "device_attributes" (
    "project_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "device_id" TEXT NOT NULL,

    CONSTRAINT "device_attributes_pkey" PRIMARY KEY ("project_id","key","value","created_at","device_id")
);

-- CreateTable
CREATE TABLE "device_group_sizes" (
    "group_id" TEXT NOT NULL,
    "shard" INTEGER NOT NULL,
    "devices" INTEGER NOT NULL,

    CONSTRAINT "device_group_sizes_pkey" PRIMARY KEY ("group_id","shard")
);

-- CreateIndex
CREATE INDEX "device_attributes_device_id_idx" ON "device_attributes"("device_id");

-- CreateIndex
CREATE INDEX "base_networks_project_id_created_at_id_idx" ON "base_networks"("project_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "base_networks_name_idx" ON "base_networks" USING GIN ("name" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "dataset_versions_dataset_id_state_version_idx" ON "dataset_versions"("dataset_id", "state", "version");

-- CreateIndex
CREATE INDEX "datasets_project_id_created_at_id_idx" ON "datasets"("project_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "datasets_name_idx" ON "datasets" USING GIN ("name" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "device_groups_project_id_created_at_id_idx" ON "device_groups"("project_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "device_groups_name_idx" ON "device_groups" USING GIN ("name" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "devices_project_id_created_at_id_idx" ON "devices"("project_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "devices_group_id_created_at_id_idx" ON "devices"("group_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "devices_project_id_state_created_at_id_idx" ON "devices"("project_id", "state", "created_at", "id");

-- CreateIndex
CREATE INDEX "modulator_versions_project_id_created_at_id_idx" ON "modulator_versions"("project_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "modulator_versions_project_id_state_created_at_id_idx" ON "modulator_versions"("project_id", "state", "created_at", "id");

-- CreateIndex
CREATE INDEX "modulator_versions_project_id_method_created_at_id_idx" ON "modulator_versions"("project_id", "method", "created_at", "id");

-- CreateIndex
CREATE INDEX "modulator_versions_modulator_id_created_at_id_idx" ON "modulator_versions"("modulator_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "modulator_versions_modulator_id_state_version_idx" ON "modulator_versions"("modulator_id", "state", "version");

-- CreateIndex
CREATE INDEX "modulator_versions_modulator_id_method_version_idx" ON "modulator_versions"("modulator_id", "method", "version");

-- CreateIndex
CREATE INDEX "modulators_project_id_created_at_id_idx" ON "modulators"("project_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "modulators_project_id_base_network_id_created_at_id_idx" ON "modulators"("project_id", "base_network_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "rollouts_project_id_created_at_id_idx" ON "rollouts"("project_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "rollouts_project_id_state_created_at_id_idx" ON "rollouts"("project_id", "state", "created_at", "id");

-- CreateIndex
CREATE INDEX "rollouts_group_id_created_at_id_idx" ON "rollouts"("group_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "rollouts_modulator_version_id_created_at_id_idx" ON "rollouts"("modulator_version_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "tasks_project_id_created_at_id_idx" ON "tasks"("project_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "tasks_name_idx" ON "tasks" USING GIN ("name" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "training_jobs_state_accelerator_priority_queued_at_id_idx" ON "training_jobs"("state", "accelerator", "priority" DESC, "queued_at", "id");

-- CreateIndex
CREATE INDEX "training_jobs_project_id_created_at_id_idx" ON "training_jobs"("project_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "training_jobs_project_id_state_created_at_id_idx" ON "training_jobs"("project_id", "state", "created_at", "id");

-- CreateIndex
CREATE INDEX "training_jobs_project_id_task_id_created_at_id_idx" ON "training_jobs"("project_id", "task_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "training_jobs_project_id_dataset_version_id_created_at_id_idx" ON "training_jobs"("project_id", "dataset_version_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "training_jobs_project_id_base_network_id_created_at_id_idx" ON "training_jobs"("project_id", "base_network_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "training_jobs_project_id_created_by_created_at_id_idx" ON "training_jobs"("project_id", "created_by", "created_at", "id");

-- CreateIndex
CREATE INDEX "training_jobs_project_id_method_created_at_id_idx" ON "training_jobs"("project_id", "method", "created_at", "id");

-- CreateIndex
CREATE INDEX "training_jobs_project_id_scenario_created_at_id_idx" ON "training_jobs"("project_id", "scenario", "created_at", "id");

-- AddForeignKey
ALTER TABLE "device_attributes" ADD CONSTRAINT "device_attributes_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "devices"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "device_group_sizes" ADD CONSTRAINT "device_group_sizes_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "device_groups"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Versions by accuracy; the expression is that of the queries.
CREATE INDEX "modulator_versions_project_accuracy_idx" ON "modulator_versions"("project_id", COALESCE(("metrics" ->> 'top1')::float8, 0), "id");
CREATE INDEX "modulator_versions_project_state_accuracy_idx" ON "modulator_versions"("project_id", "state", COALESCE(("metrics" ->> 'top1')::float8, 0), "id");
CREATE INDEX "modulator_versions_project_method_accuracy_idx" ON "modulator_versions"("project_id", "method", COALESCE(("metrics" ->> 'top1')::float8, 0), "id");
CREATE INDEX "modulator_versions_modulator_accuracy_idx" ON "modulator_versions"("modulator_id", COALESCE(("metrics" ->> 'top1')::float8, 0), "id");

ALTER TABLE "device_group_sizes" ADD CONSTRAINT "device_group_sizes_shard_check" CHECK ("shard" BETWEEN 0 AND 15);

CREATE FUNCTION write_device_attributes(device devices) RETURNS void LANGUAGE sql AS $$
  INSERT INTO device_attributes (project_id, key, value, created_at, device_id)
  SELECT device.project_id, key, value, device.created_at, device.id
  FROM jsonb_each_text(device.attributes) WHERE value IS NOT NULL;
$$;

-- Shards: enrolments that run at once rarely wait for each other's row.
CREATE FUNCTION add_to_group_size(grp text, change bigint) RETURNS void LANGUAGE sql AS $$
  INSERT INTO device_group_sizes (group_id, shard, devices) VALUES (grp, floor(random() * 16)::int, change)
  ON CONFLICT (group_id, shard) DO UPDATE SET devices = device_group_sizes.devices + excluded.devices;
$$;

CREATE FUNCTION follow_added_devices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM write_device_attributes(a::devices) FROM added a;
  PERFORM add_to_group_size(group_id, count(*)) FROM added GROUP BY group_id ORDER BY group_id;
  RETURN NULL;
END $$;
CREATE TRIGGER follow_added_devices AFTER INSERT ON "devices"
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION follow_added_devices();

CREATE FUNCTION follow_removed_devices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- A group that goes with its devices takes its sizes along.
  PERFORM add_to_group_size(r.group_id, -count(*)) FROM removed r JOIN device_groups g ON g.id = r.group_id
  GROUP BY r.group_id ORDER BY r.group_id;
  RETURN NULL;
END $$;
CREATE TRIGGER follow_removed_devices AFTER DELETE ON "devices"
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION follow_removed_devices();

CREATE FUNCTION follow_changed_device() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM device_attributes WHERE device_id = OLD.id;
  PERFORM write_device_attributes(NEW);
  IF NEW.group_id <> OLD.group_id THEN
    PERFORM add_to_group_size(OLD.group_id, -1), add_to_group_size(NEW.group_id, 1);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER follow_changed_device AFTER UPDATE OF "id", "project_id", "group_id", "attributes", "created_at" ON "devices"
  FOR EACH ROW EXECUTE FUNCTION follow_changed_device();

INSERT INTO "device_attributes" ("project_id", "key", "value", "created_at", "device_id")
SELECT d.project_id, a.key, a.value, d.created_at, d.id FROM "devices" d, jsonb_each_text(d.attributes) a WHERE a.value IS NOT NULL;
INSERT INTO "device_group_sizes" ("group_id", "shard", "devices") SELECT group_id, 0, count(*) FROM "devices" GROUP BY group_id;
