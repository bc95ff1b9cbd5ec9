import { Module } from '@nestjs/common';
import { DatasetsController } from './datasets.controller.js';
import { DatasetsRepository } from './datasets.repository.js';
import { DatasetsService } from './datasets.service.js';
import { AbandonedUploads } from './uploads/abandoned-uploads.service.js';
import { DatasetUploadsController } from './uploads/dataset-uploads.controller.js';
import { DatasetUploadsRepository } from './uploads/dataset-uploads.repository.js';
import { DatasetUploadsService } from './uploads/dataset-uploads.service.js';
import { UploadParts } from './uploads/upload-parts.service.js';
import { DatasetExamination } from './validation/dataset-examination.service.js';
import { DatasetValidation } from './validation/dataset-validation.service.js';
import { ValidationQueue } from './validation/validation-queue.repository.js';
import { VersionValidator } from './validation/version-validator.service.js';

@Module({
  controllers: [DatasetsController, DatasetUploadsController],
  providers: [
    DatasetsRepository,
    DatasetsService,
    DatasetUploadsRepository,
    UploadParts,
    DatasetUploadsService,
    AbandonedUploads,
    ValidationQueue,
    DatasetExamination,
    VersionValidator,
    DatasetValidation,
  ],
  exports: [DatasetsRepository],
})
export class DatasetsModule {}
