-- AlterTable
ALTER TABLE "device_groups" ADD COLUMN     "members_at" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "selector" JSONB,
ADD COLUMN     "selector_path" TEXT;

-- AlterTable
ALTER TABLE "devices" ADD COLUMN     "membership_at" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "version_floor" BIGINT NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "device_group_members" (
    "group_id" TEXT NOT NULL,
    "device_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "device_group_members_pkey" PRIMARY KEY ("group_id","device_id")
);

-- CreateIndex
CREATE INDEX "device_group_members_group_id_created_at_device_id_idx" ON "device_group_members"("group_id", "created_at", "device_id");

-- CreateIndex
CREATE INDEX "device_group_members_device_id_idx" ON "device_group_members"("device_id");

-- CreateIndex
CREATE INDEX "devices_membership_at_idx" ON "devices"("membership_at");

-- AddForeignKey
ALTER TABLE "device_group_members" ADD CONSTRAINT "device_group_members_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "device_groups"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "device_group_members" ADD CONSTRAINT "device_group_members_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "devices"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A group has a selector and its path, or neither.
ALTER TABLE "device_groups"
  ADD CONSTRAINT "device_groups_selector" CHECK (("selector" IS NULL) = ("selector_path" IS NULL)),
  ADD CONSTRAINT "device_groups_members_at" CHECK ("members_at" >= 0);
ALTER TABLE "devices"
  ADD CONSTRAINT "devices_membership" CHECK ("membership_at" >= 0 AND "version_floor" >= 0);

-- Enrolments share it, the creation of a selector group has it alone: no device falls between the two.
CREATE FUNCTION lock_selectors(alone boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF alone THEN PERFORM pg_advisory_xact_lock(hashtext('kernelcast.selector_groups'));
  ELSE PERFORM pg_advisory_xact_lock_shared(hashtext('kernelcast.selector_groups'));
  END IF;
END $$;

-- Sizes of groups count those too that joined by their attributes.
CREATE FUNCTION follow_members_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM add_to_group_size(group_id, count(*)) FROM added GROUP BY group_id ORDER BY group_id;
  RETURN NULL;
END $$;
CREATE TRIGGER follow_members_added AFTER INSERT ON "device_group_members"
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION follow_members_added();

CREATE FUNCTION follow_members_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM add_to_group_size(r.group_id, -count(*)) FROM removed r JOIN device_groups g ON g.id = r.group_id
  GROUP BY r.group_id ORDER BY r.group_id;
  RETURN NULL;
END $$;
CREATE TRIGGER follow_members_removed AFTER DELETE ON "device_group_members"
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION follow_members_removed();

-- Devices join groups by their attributes with their enrolment.
CREATE OR REPLACE FUNCTION follow_added_devices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM lock_selectors(false);
  PERFORM write_device_attributes(a::devices) FROM added a;
  PERFORM add_to_group_size(group_id, count(*)) FROM added GROUP BY group_id ORDER BY group_id;
  INSERT INTO device_group_members (group_id, device_id, created_at)
  SELECT g.id, a.id, a.created_at FROM added a JOIN device_groups g ON g.project_id = a.project_id
  WHERE g.selector_path IS NOT NULL AND a.attributes @@ g.selector_path::jsonpath;
  RETURN NULL;
END $$;

-- What a device accepted before its groups changed had at most the version of a group that it was in. The fleet's
-- version is raised first, so that rollouts of these groups have either moved or wait until this is over.
CREATE FUNCTION follow_changed_groups(device_id text, groups_before text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE now_at bigint;
BEGIN
  UPDATE fleet_state SET version = version + 1 RETURNING version INTO now_at;
  UPDATE devices SET membership_at = now_at, version_floor = 1 + GREATEST(version_floor, COALESCE(
    (SELECT max(r.changed_at_version) FROM rollouts r WHERE r.group_id = ANY (groups_before)), 0))
  WHERE id = device_id;
END $$;

CREATE OR REPLACE FUNCTION follow_changed_device() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before text[] := ARRAY(SELECT group_id FROM device_group_members WHERE device_id = OLD.id ORDER BY 1);
  after text[];
BEGIN
  PERFORM lock_selectors(false);
  DELETE FROM device_attributes WHERE device_id = OLD.id;
  PERFORM write_device_attributes(NEW);
  IF NEW.group_id <> OLD.group_id THEN
    PERFORM add_to_group_size(OLD.group_id, -1), add_to_group_size(NEW.group_id, 1);
  END IF;
  after := ARRAY(SELECT id FROM device_groups WHERE project_id = NEW.project_id AND selector_path IS NOT NULL
    AND NEW.attributes @@ selector_path::jsonpath ORDER BY 1);
  IF before = after AND NEW.group_id = OLD.group_id THEN RETURN NULL; END IF;
  PERFORM follow_changed_groups(NEW.id, before || OLD.group_id);
  DELETE FROM device_group_members WHERE device_id = NEW.id AND group_id <> ALL (after);
  INSERT INTO device_group_members (group_id, device_id, created_at)
  SELECT unnest(after), NEW.id, NEW.created_at ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

-- Joins the devices that are there when a selector group is created. @returns how many
CREATE FUNCTION join_selected(grp text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  wanted device_groups;
  joined bigint;
BEGIN
  PERFORM lock_selectors(true);
  SELECT * INTO wanted FROM device_groups WHERE id = grp;
  INSERT INTO device_group_members (group_id, device_id, created_at)
  SELECT grp, d.id, d.created_at FROM devices d
  WHERE d.project_id = wanted.project_id AND d.attributes @@ wanted.selector_path::jsonpath;
  GET DIAGNOSTICS joined = ROW_COUNT;
  UPDATE fleet_state SET version = version + 1;
  UPDATE device_groups SET members_at = (SELECT version FROM fleet_state) WHERE id = grp;
  RETURN joined;
END $$;
