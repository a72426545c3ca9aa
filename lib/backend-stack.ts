import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { Access } from './access.ts'
import { Api } from './api.ts'
import { DeviceLink } from './device-link.ts'
import { Ingest } from './ingest.ts'
import { Store } from './store.ts'
import { Upkeep } from './upkeep.ts'
import { UploadStorage } from './upload-storage.ts'

/** Groundcrew in one account and region: the picture in `docs/architecture.md`, from left to right. */
export class BackendStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps = {}) {
    super(scope, id, props)
    const store = new Store(this, 'Store')
    const uploads = new UploadStorage(this, 'Uploads')
    const link = new DeviceLink(this, 'DeviceLink')

    const access = new Access(this, 'Access')
    const api = new Api(this, 'Api', { access, store, uploads, link }) // operator → dock
    new Ingest(this, 'Ingest', { store, uploads, link }) // dock → store
    new Upkeep(this, 'Upkeep', { store, uploads, link }) // clock → store, dock

    this.tell({
      ApiUrl: api.url,
      BucketName: uploads.bucketName,
      TableName: store.tableName,
      DockPolicyName: link.dockPolicyName,
      ...access.outputs,
    })
  }

  private tell(outputs: Record<string, string>): void {
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value })
  }
}
