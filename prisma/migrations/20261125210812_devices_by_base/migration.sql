-- Superseded by the indexes that begin with the project or the modulator.
DROP INDEX "modulator_versions_state_id_idx";

-- Devices that hold a base network: counted for its dependents and before it is replaced.
CREATE INDEX "devices_base_digests_idx" ON "devices" USING GIN ("base_digests");

-- Deliveries of a webhook in one state.
CREATE INDEX "webhook_deliveries_webhook_id_state_id_idx" ON "webhook_deliveries"("webhook_id", "state", "id");
