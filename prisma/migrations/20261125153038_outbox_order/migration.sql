-- DropIndex
DROP INDEX "outbox_messages_sent_at_id_idx";

-- CreateIndex
CREATE INDEX "outbox_messages_sent_at_created_at_id_idx" ON "outbox_messages"("sent_at", "created_at", "id");
