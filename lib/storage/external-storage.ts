import { Construct } from 'constructs'
import { env } from '../../lambdas/runtime/env.ts'
import type { BackendFunction } from '../functions/backend-function.ts'
import { options } from '../options/options.ts'
import type { ExternalStorageOptions } from '../options/storage-options.ts'
import type { ArchiveStorage } from './archive-storage.ts'

/**
 * Storage outside AWS, of which nothing is created here. A function that needs it may read the secret with
 * the key pair, and gets its endpoint; the storage decides what the key pair permits. It sends no events: the
 * sweep looks for objects.
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
    this.configure(fn)
    fn.setEnv(env.expireUnit, options(this).expireUnit)
    if (dockEndpoint) fn.setEnv(env.dockStorageEndpoint, dockEndpoint)
    if (roleArn) fn.setEnv(env.storageRole, roleArn)
    if (aliRoleArn) fn.setEnv(env.aliRole, aliRoleArn)
    if (aliStsEndpoint) fn.setEnv(env.aliSts, aliStsEndpoint)
  }

  grantInspect(fn: BackendFunction): void {
    this.configure(fn)
  }

  grantDownload(fn: BackendFunction): void {
    this.configure(fn)
  }

  grantRemove(fn: BackendFunction): void {
    this.configure(fn)
  }

  grantCheck(fn: BackendFunction): void {
    this.grantLend(fn)
  }

  private configure(fn: BackendFunction): void {
    const { endpoint, region, bucket, secretArn } = this.storage
    fn.allow(['secretsmanager:GetSecretValue'], [secretArn])
    fn.setEnv(env.storageEndpoint, endpoint)
    fn.setEnv(env.storageRegion, region)
    fn.setEnv(env.bucket, bucket)
    fn.setEnv(env.storageSecret, secretArn)
  }
}
