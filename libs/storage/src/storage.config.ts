/** Which object store to use. */
export type StorageConfig = LocalStorageConfig | S3StorageConfig;

export interface LocalStorageConfig {
  readonly kind: 'local';
  readonly folder: string;
}

export interface S3StorageConfig {
  readonly kind: 's3';
  readonly bucket: string;
  readonly region: string;
  /** Only for stores other than Amazon's. */
  readonly endpoint?: string;
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`; most stores other than Amazon's need it. */
  readonly forcePathStyle?: boolean;
  /** Without them the SDK looks in its usual places (environment, instance role). */
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
}

/** The variables of the environment that say where the objects are. */
export interface StorageEnvironment {
  readonly S3_ENDPOINT?: string;
  readonly S3_BUCKET?: string;
  readonly S3_REGION: string;
  readonly S3_ACCESS_KEY_ID?: string;
  readonly S3_SECRET_ACCESS_KEY?: string;
  readonly S3_FORCE_PATH_STYLE: boolean;
  readonly KERNELCAST_STORE_DIR?: string;
}

/** A bucket when one is named, else the local directory. Throws when neither is. */
export const storageConfigFrom = (environment: StorageEnvironment): StorageConfig => {
  if (environment.S3_BUCKET) {
    return {
      kind: 's3',
      bucket: environment.S3_BUCKET,
      region: environment.S3_REGION,
      endpoint: environment.S3_ENDPOINT,
      forcePathStyle: environment.S3_FORCE_PATH_STYLE,
      accessKeyId: environment.S3_ACCESS_KEY_ID,
      secretAccessKey: environment.S3_SECRET_ACCESS_KEY,
    };
  }
  if (environment.KERNELCAST_STORE_DIR) return { kind: 'local', folder: environment.KERNELCAST_STORE_DIR };
  throw new Error('No object store is configured: set KERNELCAST_STORE_DIR or S3_BUCKET.');
};
