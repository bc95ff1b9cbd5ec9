-- CreateIndex
CREATE INDEX "reports_created_at_idx" ON "reports" USING BRIN ("created_at");
