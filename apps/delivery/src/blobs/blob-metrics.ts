import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';

interface BlobGauges {
  readonly cachedBytes: number;
  readonly streams: number;
}

/** What is counted of downloads. */
@Injectable()
export class BlobMetrics {
  private readonly answers: Counter<'source'>;
  private readonly bytes: Counter<'source'>;
  private readonly faults: Counter;

  constructor(private readonly registry: Registry) {
    const registers = [registry];
    const labelNames = ['source'] as const;
    const help = 'Answers to requests for blobs, by where the bytes came from';
    this.answers = new Counter({ name: 'kernelcast_blob_answers_total', help, labelNames, registers });
    this.bytes = new Counter({
      name: 'kernelcast_blob_bytes_total',
      help: 'Bytes of blobs sent',
      labelNames,
      registers,
    });
    const faultsHelp = 'Blobs that manifests name and the store lacks or has damaged, by request';
    this.faults = new Counter({ name: 'kernelcast_blob_faults_total', help: faultsHelp, registers });
  }

  sent(source: 'memory' | 'store', bytes: number): void {
    this.answers.inc({ source });
    this.bytes.inc({ source }, bytes);
  }

  redirected(): void {
    this.answers.inc({ source: 'redirect' });
  }

  damaged(): void {
    this.faults.inc();
  }

  watch(read: () => BlobGauges): void {
    const gauge = (name: string, help: string, field: keyof BlobGauges): void => {
      const collect = function (this: Gauge): void {
        this.set(read()[field]);
      };
      new Gauge({ name, help, registers: [this.registry], collect });
    };
    gauge('kernelcast_blob_cache_bytes', 'Bytes of blobs held in memory', 'cachedBytes');
    gauge('kernelcast_blob_streams', 'Downloads being read from the object store', 'streams');
  }
}
