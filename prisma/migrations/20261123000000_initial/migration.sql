-- CreateEnum
CREATE TYPE "Role" AS ENUM ('viewer', 'trainer', 'approver', 'operator', 'admin');

-- CreateEnum
CREATE TYPE "BaseNetworkState" AS ENUM ('active', 'deprecated');

-- CreateEnum
CREATE TYPE "DatasetState" AS ENUM ('uploading', 'validating', 'ready', 'invalid');

-- CreateEnum
CREATE TYPE "JobState" AS ENUM ('queued', 'running', 'evaluating', 'succeeded', 'paused', 'cancelled', 'failed');

-- CreateEnum
CREATE TYPE "VersionState" AS ENUM ('registered', 'approved', 'rejected', 'revoked');

-- CreateEnum
CREATE TYPE "RolloutState" AS ENUM ('created', 'running', 'paused', 'completed', 'aborted');

-- CreateEnum
CREATE TYPE "DeviceState" AS ENUM ('active', 'revoked');

-- CreateEnum
CREATE TYPE "ReportPhase" AS ENUM ('downloading', 'verified', 'active', 'failed', 'reverted');

-- CreateEnum
CREATE TYPE "KeyRole" AS ENUM ('release', 'manifest');

-- CreateTable
CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" "Role" NOT NULL,
    "prefix" TEXT NOT NULL,
    "secret_hash" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "api_key_id" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "principal" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "route" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "status" INTEGER NOT NULL,
    "response" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("principal","route","key")
);

-- CreateTable
CREATE TABLE "audit_events" (
    "seq" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "resource" TEXT NOT NULL,
    "before" JSONB,
    "after" JSONB,
    "request_id" TEXT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_events_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "base_networks" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "graph_digest" TEXT NOT NULL,
    "weights_digest" TEXT NOT NULL,
    "weights_size" INTEGER NOT NULL,
    "architecture" TEXT NOT NULL,
    "parameters" INTEGER NOT NULL,
    "input_height" INTEGER NOT NULL,
    "input_width" INTEGER NOT NULL,
    "state" "BaseNetworkState" NOT NULL DEFAULT 'active',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "base_networks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "datasets" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "datasets_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "dataset_versions" (
    "id" TEXT NOT NULL,
    "dataset_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "state" "DatasetState" NOT NULL,
    "digest" TEXT,
    "size" BIGINT,
    "labels" TEXT[],
    "classes" JSONB NOT NULL DEFAULT '[]',
    "images" INTEGER NOT NULL DEFAULT 0,
    "findings" JSONB NOT NULL DEFAULT '[]',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "dataset_versions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tasks" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "labels" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tasks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "training_jobs" (
    "id" TEXT NOT NULL,
    "task_id" TEXT NOT NULL,
    "dataset_version_id" TEXT NOT NULL,
    "base_network_id" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "scenario" TEXT NOT NULL,
    "hyperparameters" JSONB NOT NULL,
    "budget" JSONB NOT NULL,
    "seed" BIGINT NOT NULL,
    "state" "JobState" NOT NULL DEFAULT 'queued',
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "lease_token" TEXT,
    "step" INTEGER,
    "steps" INTEGER,
    "epoch" DOUBLE PRECISION,
    "loss" DOUBLE PRECISION,
    "metrics" JSONB,
    "backend" TEXT,
    "error_code" TEXT,
    "error_message" TEXT,
    "error_retryable" BOOLEAN,
    "checkpoint_key" TEXT,
    "estimated_finish" TIMESTAMPTZ(3),
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "training_jobs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "job_events" (
    "id" BIGSERIAL NOT NULL,
    "training_job_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "type" TEXT NOT NULL,
    "data" JSONB NOT NULL,

    CONSTRAINT "job_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "modulators" (
    "id" TEXT NOT NULL,
    "task_id" TEXT NOT NULL,
    "base_network_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "modulators_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "modulator_versions" (
    "id" TEXT NOT NULL,
    "modulator_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "digest" TEXT NOT NULL,
    "size" INTEGER NOT NULL,
    "method" TEXT NOT NULL,
    "encoding" TEXT NOT NULL,
    "parameters" INTEGER NOT NULL,
    "head_parameters" INTEGER NOT NULL,
    "labels" TEXT[],
    "metrics" JSONB NOT NULL,
    "training_job_id" TEXT NOT NULL,
    "state" "VersionState" NOT NULL DEFAULT 'registered',
    "statement" JSONB,
    "decided_by" TEXT,
    "decided_at" TIMESTAMPTZ(3),
    "comment" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "modulator_versions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "device_groups" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "device_groups_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "enrolment_tokens" (
    "id" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "group_id" TEXT NOT NULL,
    "uses_left" INTEGER NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "enrolment_tokens_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "devices" (
    "id" TEXT NOT NULL,
    "group_id" TEXT NOT NULL,
    "public_key" TEXT NOT NULL,
    "attributes" JSONB NOT NULL,
    "base_digests" TEXT[],
    "runtime" TEXT NOT NULL,
    "state" "DeviceState" NOT NULL DEFAULT 'active',
    "epoch" INTEGER NOT NULL DEFAULT 1,
    "reported_seq" BIGINT NOT NULL DEFAULT 0,
    "last_seen_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "devices_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "device_slots" (
    "device_id" TEXT NOT NULL,
    "slot" TEXT NOT NULL,
    "digest" TEXT,
    "phase" "ReportPhase" NOT NULL,
    "code" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "device_slots_pkey" PRIMARY KEY ("device_id","slot")
);

-- CreateTable
CREATE TABLE "reports" (
    "device_id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "slot" TEXT NOT NULL,
    "digest" TEXT,
    "phase" "ReportPhase" NOT NULL,
    "code" TEXT,
    "detail" TEXT,
    "durations" JSONB NOT NULL,
    "self_test" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "reports_pkey" PRIMARY KEY ("device_id","seq")
);

-- CreateTable
CREATE TABLE "rollouts" (
    "id" TEXT NOT NULL,
    "modulator_version_id" TEXT NOT NULL,
    "group_id" TEXT NOT NULL,
    "state" "RolloutState" NOT NULL DEFAULT 'created',
    "waves" JSONB NOT NULL,
    "current_wave" INTEGER NOT NULL DEFAULT 0,
    "changed_at_version" BIGINT NOT NULL DEFAULT 0,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "rollouts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "fleet_state" (
    "id" INTEGER NOT NULL,
    "version" BIGINT NOT NULL,

    CONSTRAINT "fleet_state_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "signing_keys" (
    "kid" TEXT NOT NULL,
    "role" "KeyRole" NOT NULL,
    "public_key" TEXT NOT NULL,
    "sealed_private_key" BYTEA NOT NULL,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "signing_keys_pkey" PRIMARY KEY ("kid")
);

-- CreateTable
CREATE TABLE "outbox_messages" (
    "id" BIGSERIAL NOT NULL,
    "queue" TEXT NOT NULL,
    "message_id" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sent_at" TIMESTAMPTZ(3),

    CONSTRAINT "outbox_messages_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_secret_hash_key" ON "api_keys"("secret_hash");

-- CreateIndex
CREATE UNIQUE INDEX "sessions_token_hash_key" ON "sessions"("token_hash");

-- CreateIndex
CREATE INDEX "audit_events_resource_seq_idx" ON "audit_events"("resource", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "base_networks_name_key" ON "base_networks"("name");

-- CreateIndex
CREATE UNIQUE INDEX "base_networks_digest_key" ON "base_networks"("digest");

-- CreateIndex
CREATE UNIQUE INDEX "datasets_name_key" ON "datasets"("name");

-- CreateIndex
CREATE UNIQUE INDEX "dataset_versions_dataset_id_version_key" ON "dataset_versions"("dataset_id", "version");

-- CreateIndex
CREATE UNIQUE INDEX "tasks_name_key" ON "tasks"("name");

-- CreateIndex
CREATE INDEX "training_jobs_state_created_at_idx" ON "training_jobs"("state", "created_at");

-- CreateIndex
CREATE INDEX "training_jobs_task_id_created_at_idx" ON "training_jobs"("task_id", "created_at");

-- CreateIndex
CREATE INDEX "job_events_training_job_id_id_idx" ON "job_events"("training_job_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "modulators_task_id_base_network_id_key" ON "modulators"("task_id", "base_network_id");

-- CreateIndex
CREATE UNIQUE INDEX "modulator_versions_training_job_id_key" ON "modulator_versions"("training_job_id");

-- CreateIndex
CREATE INDEX "modulator_versions_digest_idx" ON "modulator_versions"("digest");

-- CreateIndex
CREATE UNIQUE INDEX "modulator_versions_modulator_id_version_key" ON "modulator_versions"("modulator_id", "version");

-- CreateIndex
CREATE UNIQUE INDEX "device_groups_name_key" ON "device_groups"("name");

-- CreateIndex
CREATE UNIQUE INDEX "enrolment_tokens_token_hash_key" ON "enrolment_tokens"("token_hash");

-- CreateIndex
CREATE INDEX "devices_group_id_id_idx" ON "devices"("group_id", "id");

-- CreateIndex
CREATE INDEX "device_slots_digest_phase_idx" ON "device_slots"("digest", "phase");

-- CreateIndex
CREATE INDEX "rollouts_group_id_state_idx" ON "rollouts"("group_id", "state");

-- CreateIndex
CREATE INDEX "rollouts_state_started_at_idx" ON "rollouts"("state", "started_at");

-- CreateIndex
CREATE INDEX "signing_keys_role_active_idx" ON "signing_keys"("role", "active");

-- CreateIndex
CREATE INDEX "outbox_messages_sent_at_id_idx" ON "outbox_messages"("sent_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "outbox_messages_queue_message_id_key" ON "outbox_messages"("queue", "message_id");

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_api_key_id_fkey" FOREIGN KEY ("api_key_id") REFERENCES "api_keys"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dataset_versions" ADD CONSTRAINT "dataset_versions_dataset_id_fkey" FOREIGN KEY ("dataset_id") REFERENCES "datasets"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "training_jobs" ADD CONSTRAINT "training_jobs_task_id_fkey" FOREIGN KEY ("task_id") REFERENCES "tasks"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "training_jobs" ADD CONSTRAINT "training_jobs_dataset_version_id_fkey" FOREIGN KEY ("dataset_version_id") REFERENCES "dataset_versions"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "training_jobs" ADD CONSTRAINT "training_jobs_base_network_id_fkey" FOREIGN KEY ("base_network_id") REFERENCES "base_networks"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "job_events" ADD CONSTRAINT "job_events_training_job_id_fkey" FOREIGN KEY ("training_job_id") REFERENCES "training_jobs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "modulators" ADD CONSTRAINT "modulators_task_id_fkey" FOREIGN KEY ("task_id") REFERENCES "tasks"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "modulators" ADD CONSTRAINT "modulators_base_network_id_fkey" FOREIGN KEY ("base_network_id") REFERENCES "base_networks"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "modulator_versions" ADD CONSTRAINT "modulator_versions_modulator_id_fkey" FOREIGN KEY ("modulator_id") REFERENCES "modulators"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "modulator_versions" ADD CONSTRAINT "modulator_versions_training_job_id_fkey" FOREIGN KEY ("training_job_id") REFERENCES "training_jobs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "enrolment_tokens" ADD CONSTRAINT "enrolment_tokens_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "device_groups"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "devices" ADD CONSTRAINT "devices_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "device_groups"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "device_slots" ADD CONSTRAINT "device_slots_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "devices"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reports" ADD CONSTRAINT "reports_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "devices"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rollouts" ADD CONSTRAINT "rollouts_modulator_version_id_fkey" FOREIGN KEY ("modulator_version_id") REFERENCES "modulator_versions"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rollouts" ADD CONSTRAINT "rollouts_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "device_groups"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What follows is written by hand: rules that the Prisma schema cannot say. They hold whatever the services do.

-- Digests are written in one way only. (A CHECK each, not a domain: Prisma would take the domain for a type of its own.)
ALTER TABLE "base_networks"
  ADD CONSTRAINT "base_networks_digests" CHECK (
    "digest" ~ '^sha256:[0-9a-f]{64}$'
    AND "graph_digest" ~ '^sha256:[0-9a-f]{64}$'
    AND "weights_digest" ~ '^sha256:[0-9a-f]{64}$'),
  ADD CONSTRAINT "base_networks_sizes" CHECK (
    "weights_size" > 0 AND "parameters" > 0 AND "input_height" > 0 AND "input_width" > 0);

-- A dataset version that can be trained on has its bytes and at least one image.
ALTER TABLE "dataset_versions"
  ADD CONSTRAINT "dataset_versions_version" CHECK ("version" > 0),
  ADD CONSTRAINT "dataset_versions_digest" CHECK ("digest" ~ '^sha256:[0-9a-f]{64}$'),
  ADD CONSTRAINT "dataset_versions_counts" CHECK ("images" >= 0 AND "size" >= 0),
  ADD CONSTRAINT "dataset_versions_ready" CHECK (
    "state" <> 'ready' OR ("digest" IS NOT NULL AND "size" IS NOT NULL AND "images" > 0 AND cardinality("labels") > 0));

ALTER TABLE "tasks"
  ADD CONSTRAINT "tasks_labels" CHECK (cardinality("labels") > 0);

-- A lease exists only while somebody works; what has ended says when, and a failure says why.
ALTER TABLE "training_jobs"
  ADD CONSTRAINT "training_jobs_lease" CHECK ("lease_token" IS NULL OR "state" IN ('running', 'evaluating')),
  ADD CONSTRAINT "training_jobs_finished" CHECK (
    ("finished_at" IS NOT NULL) = ("state" IN ('succeeded', 'failed', 'cancelled'))),
  ADD CONSTRAINT "training_jobs_error" CHECK (
    num_nonnulls("error_code", "error_message", "error_retryable") IN (0, 3)
    AND ("error_code" IS NOT NULL) = ("state" = 'failed')),
  ADD CONSTRAINT "training_jobs_attempt" CHECK ("attempt" >= 0),
  ADD CONSTRAINT "training_jobs_progress" CHECK ("steps" > 0 AND "step" BETWEEN 0 AND "steps"),
  ADD CONSTRAINT "training_jobs_seed" CHECK ("seed" BETWEEN 0 AND 4294967295);

-- A version is decided upon by somebody at some time; an approved one carries the statement devices ask for.
ALTER TABLE "modulator_versions"
  ADD CONSTRAINT "modulator_versions_version" CHECK ("version" > 0),
  ADD CONSTRAINT "modulator_versions_digest" CHECK ("digest" ~ '^sha256:[0-9a-f]{64}$'),
  ADD CONSTRAINT "modulator_versions_sizes" CHECK ("size" > 0 AND "parameters" >= 0 AND "head_parameters" >= 0),
  ADD CONSTRAINT "modulator_versions_labels" CHECK (cardinality("labels") > 0),
  ADD CONSTRAINT "modulator_versions_decision" CHECK (
    num_nonnulls("decided_by", "decided_at") = CASE "state" WHEN 'registered' THEN 0 ELSE 2 END),
  ADD CONSTRAINT "modulator_versions_statement" CHECK ("state" <> 'approved' OR "statement" IS NOT NULL);

ALTER TABLE "enrolment_tokens"
  ADD CONSTRAINT "enrolment_tokens_uses" CHECK ("uses_left" >= 0);

ALTER TABLE "devices"
  ADD CONSTRAINT "devices_counters" CHECK ("epoch" >= 1 AND "reported_seq" >= 0);
ALTER TABLE "device_slots"
  ADD CONSTRAINT "device_slots_digest" CHECK ("digest" ~ '^sha256:[0-9a-f]{64}$');
ALTER TABLE "reports"
  ADD CONSTRAINT "reports_digest" CHECK ("digest" ~ '^sha256:[0-9a-f]{64}$'),
  ADD CONSTRAINT "reports_seq" CHECK ("seq" >= 0);

-- The current wave is one of the waves; a rollout that has touched devices says since when, an ended one until when.
ALTER TABLE "rollouts"
  ADD CONSTRAINT "rollouts_waves" CHECK (
    jsonb_typeof("waves") = 'array' AND "current_wave" >= 0 AND "current_wave" < jsonb_array_length("waves")),
  ADD CONSTRAINT "rollouts_started" CHECK (
    CASE "state" WHEN 'created' THEN "started_at" IS NULL WHEN 'aborted' THEN TRUE ELSE "started_at" IS NOT NULL END),
  ADD CONSTRAINT "rollouts_finished" CHECK (("finished_at" IS NOT NULL) = ("state" IN ('completed', 'aborted'))),
  ADD CONSTRAINT "rollouts_changed_at_version" CHECK ("changed_at_version" >= 0);

-- There is one fleet, from the first moment on.
ALTER TABLE "fleet_state"
  ADD CONSTRAINT "fleet_state_single_row" CHECK ("id" = 1),
  ADD CONSTRAINT "fleet_state_version" CHECK ("version" >= 0);
INSERT INTO "fleet_state" ("id", "version") VALUES (1, 0);

-- The audit log grows at its end, and in no other way.
CREATE FUNCTION "refuse_change_of_audit_events"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_events is append-only';
END;
$$;
CREATE TRIGGER "audit_events_append_only" BEFORE UPDATE OR DELETE ON "audit_events"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_audit_events"();
CREATE TRIGGER "audit_events_no_truncate" BEFORE TRUNCATE ON "audit_events"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change_of_audit_events"();

-- One key of each role signs; older ones only verify. Two services that start together cannot both make the first.
CREATE UNIQUE INDEX "signing_keys_one_active" ON "signing_keys" ("role") WHERE "active";
