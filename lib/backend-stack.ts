import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { Access } from './access.ts'
import { Api } from './api.ts'
import { Collections } from './collections.ts'
import { exportNameOf } from './console-backend.ts'
import { DeviceLink } from './device-link.ts'
import { DockLogin } from './dock-login.ts'
import { DockServer } from './dock-server.ts'
import { Events } from './events.ts'
import { ExternalStorage } from './external-storage.ts'
import { Ingest } from './ingest.ts'
import { Operations } from './operations.ts'
import { options } from './options.ts'
import { Packages } from './packages.ts'
import { Store } from './store.ts'
import { Upkeep } from './upkeep.ts'
import { UploadStorage } from './upload-storage.ts'
import { Webhooks } from './webhooks.ts'

/** Groundcrew in one account and region: the picture in `docs/architecture.md`, from left to right. */
export class BackendStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps = {}) {
    super(scope, id, props)
    const store = new Store(this, 'Store')
    const { storage, dockLogin } = options(this)
    const uploads =
      storage.provider === 'aws'
        ? new UploadStorage(this, 'Uploads')
        : new ExternalStorage(this, 'Uploads', storage)
    const packages = new Packages(this, 'Packages')
    const link = new DeviceLink(this, 'DeviceLink')

    const events = new Events(this, 'Events', { store }) // store → whoever wants to know

    new Webhooks(this, 'Webhooks', { store, events }) // what happened → others’ receivers

    const access = new Access(this, 'Access')
    const api = new Api(this, 'Api', { access, store, uploads, link, packages }) // operator → dock
    const alarms = options(this).dockAlarms === 'on'
    const ingest = new Ingest(this, 'Ingest', { store, uploads, link, packages, alarms }) // dock → store
    const dockServer =
      options(this).dockServer === 'on'
        ? new DockServer(this, 'DockServer', { store, link, ruleFailures: ingest.ruleFailures }) // dock ↔ function
        : undefined
    const upkeep = new Upkeep(this, 'Upkeep', { store, uploads, link, packages, events }) // clock → store, dock
    // what happened → dock
    new Collections(this, 'Collections', { events, store, uploads, link, clock: upkeep.collections })
    const login = dockLogin === 'on' ? new DockLogin(this, 'DockLogin', { store }) : undefined // dock → broker
    new Operations(this, 'Operations', { api, ingest, store, upkeep, dockServer, login, events }) // all of it → whoever is on call

    this.tell({
      ApiUrl: api.url,
      ApiId: api.apiId,
      BucketName: uploads.bucketName,
      PackageBucketName: packages.bucketName,
      TableName: store.tableName,
      EventBusArn: events.busArn,
      DockPolicyName: link.dockPolicyName,
      ...packages.outputs,
      ...login?.outputs,
      ...access.outputs,
    })
  }

  private tell(outputs: Record<string, string>): void {
    for (const [name, value] of Object.entries(outputs)) {
      const exportName = exportNameOf(this.stackName, name)
      new CfnOutput(this, name, { value, ...(exportName ? { exportName } : {}) })
    }
  }
}
