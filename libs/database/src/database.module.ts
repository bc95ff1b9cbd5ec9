import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { createDatabase, Database, type DatabaseOptions } from './database.js';

/** Closes the pool when the application has shut down, after everything that may still query it. */
class DatabaseLifecycle implements OnApplicationShutdown {
  constructor(private readonly database: Database) {}

  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }
}

/** Provides `Database` to the whole application. */
@Module({})
export class DatabaseModule {
  static forRoot(url: string, options?: DatabaseOptions): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [
        { provide: Database, useFactory: () => createDatabase(url, options) },
        { provide: DatabaseLifecycle, useFactory: (db: Database) => new DatabaseLifecycle(db), inject: [Database] },
      ],
      exports: [Database],
    };
  }
}
