import { Construct } from 'constructs'
import { env } from '../lambdas/env.ts'
import type { ArchiveStorage } from './archive-storage.ts'
import type { BackendFunction } from './backend-function.ts'
import { options } from './options.ts'
import type { ExternalStorageOptions } from './storage-options.ts'

/**
 * Storage outside AWS: nothing of it is created here. A function that needs it may read the secret with the
 * key pair, and is told where storage is; what the pair opens is decided there. No event comes from it: the
 * sweep looks.
 */
export class ExternalStorage extends Construct implements ArchiveStorage {
  private readonly storage: ExternalStorageOptions

  constructor(scope: Construct, id: string, storage: ExternalStorageOptions) {
    super(scope, id)
    this.storage = storage
  }

  get bucketName(): string {
    return this.storage.bucket
  }

  grantLend(fn: BackendFunction): void {
    const { dockEndpoint, roleArn, aliRoleArn, aliStsEndpoint } = this.storage
    this.introduce(fn)
    fn.tell(env.expireUnit, options(this).expireUnit)
    if (dockEndpoint) fn.tell(env.dockStorageEndpoint, dockEndpoint)
    if (roleArn) fn.tell(env.storageRole, roleArn)
    if (aliRoleArn) fn.tell(env.aliRole, aliRoleArn)
    if (aliStsEndpoint) fn.tell(env.aliSts, aliStsEndpoint)
  }

  grantInspect(fn: BackendFunction): void {
    this.introduce(fn)
  }

  grantDownload(fn: BackendFunction): void {
    this.introduce(fn)
  }

  grantRemove(fn: BackendFunction): void {
    this.introduce(fn)
  }

  grantCheck(fn: BackendFunction): void {
    this.grantLend(fn)
  }

  private introduce(fn: BackendFunction): void {
    const { endpoint, region, bucket, secretArn } = this.storage
    fn.allow(['secretsmanager:GetSecretValue'], [secretArn])
    fn.tell(env.storageEndpoint, endpoint)
    fn.tell(env.storageRegion, region)
    fn.tell(env.bucket, bucket)
    fn.tell(env.storageSecret, secretArn)
  }
}
