import { Stack } from 'aws-cdk-lib'
import type { IEventBus, IRuleTarget, Rule } from 'aws-cdk-lib/aws-events'
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { EventSelection } from '../lambdas/events/names.ts'
import { Access } from './api/access.ts'
import { Api } from './api/api.ts'
import { Collections } from './background/collections.ts'
import { Events } from './background/events.ts'
import { Ingest } from './background/ingest.ts'
import { Upkeep } from './background/upkeep.ts'
import { Webhooks } from './background/webhooks.ts'
import { DeviceLink } from './docks/device-link.ts'
import { DockLogin } from './docks/dock-login.ts'
import { DockServer } from './docks/dock-server.ts'
import { Operations } from './operations/operations.ts'
import type { GroundcrewProps } from './options/groundcrew-props.ts'
import { options, optionsAbove } from './options/options.ts'
import { setProps } from './options/options-from-props.ts'
import { WrongOptions } from './options/wrong-options.ts'
import { Packages } from './packages/packages.ts'
import { ExternalStorage } from './storage/external-storage.ts'
import { Store } from './storage/store.ts'
import { UploadStorage } from './storage/upload-storage.ts'

/** A target that events of Groundcrew start. */
export interface OnEventProps {
  /**
   * Types of events, such as `groundcrew.upload.verified.v1`, or a prefix that ends in `.*`; `docs/events.md`
   * lists them. At least one.
   * @default - all of them
   */
  readonly types?: readonly EventSelection[]
  /**
   * What the events start: a function, a queue, a topic, a state machine, … of
   * `aws-cdk-lib/aws-events-targets`.
   */
  readonly target: IRuleTarget
  /** @default - names the types */
  readonly description?: string
}

/** A stack can have only one Groundcrew: alarms, event bus and sign-in page are named after the stack. */
const refuseSecond = (one: Groundcrew): void => {
  const other = Stack.of(one)
    .node.findAll()
    .find((construct) => construct instanceof Groundcrew && construct !== one)
  if (other)
    throw new WrongOptions(
      `${other.node.path} is in the same stack: a second Groundcrew needs a stack of its own`,
    )
}

/**
 * Groundcrew in one account and region: the picture in `docs/architecture.md`, from left to right. One per
 * stack. Changing its construct id, or the path above it, creates new resources; the old table and buckets
 * remain, unused.
 */
export class Groundcrew extends Construct {
  /** The URL of the HTTP API: https, without a trailing slash. */
  readonly apiUrl: string
  /** The API's id, which is a dimension of its metrics in CloudWatch. */
  readonly apiId: string
  /**
   * The table with all of Groundcrew's data. Its schema may change with any version: read it through the API.
   */
  readonly tableName: string
  /** The bucket of the archives. */
  readonly bucketName: string
  /** The bucket of the packages' files. */
  readonly packageBucketName: string
  /** The bus on which events are published. */
  readonly eventBus: IEventBus
  /** The policy in AWS IoT Core for docks that connect with certificates. */
  readonly dockPolicyName: string
  /** Values that people and tools need, keyed by the output names of our own stack. */
  readonly outputs: Readonly<Record<string, string>>
  private readonly uploads: UploadStorage | ExternalStorage
  private readonly events: Events
  private readonly store: Store

  /** @throws WrongOptions that lists all wrong properties */
  constructor(scope: Construct, id: string, props?: GroundcrewProps) {
    super(scope, id)
    // Our own app has already set the options, from its context.
    if (props || !optionsAbove(this)) setProps(this, props ?? {})
    refuseSecond(this)
    const store = new Store(this, 'Store')
    this.store = store
    const { storage, dockLogin, dockAlarms } = options(this)
    this.uploads =
      storage.provider === 'aws'
        ? new UploadStorage(this, 'Uploads')
        : new ExternalStorage(this, 'Uploads', storage)
    const { uploads } = this
    const packages = new Packages(this, 'Packages')
    const link = new DeviceLink(this, 'DeviceLink')

    const events = new Events(this, 'Events', { store }) // store → event bus
    this.events = events

    new Webhooks(this, 'Webhooks', { store, events }) // events → others’ receivers

    const access = new Access(this, 'Access')
    const api = new Api(this, 'Api', { access, store, uploads, link, packages }) // operator → dock
    const alarms = dockAlarms === 'on'
    const ingest = new Ingest(this, 'Ingest', { store, uploads, link, packages, alarms }) // dock → store
    const dockServer =
      options(this).dockServer === 'on'
        ? new DockServer(this, 'DockServer', { store, link, ruleFailures: ingest.ruleFailures }) // dock ↔ function
        : undefined
    const upkeep = new Upkeep(this, 'Upkeep', { store, uploads, link, packages, events }) // clock → store, dock
    // events → dock
    new Collections(this, 'Collections', { events, store, uploads, link, clock: upkeep.collections })
    const login = dockLogin === 'on' ? new DockLogin(this, 'DockLogin', { store }) : undefined // dock → broker
    new Operations(this, 'Operations', { api, ingest, store, upkeep, dockServer, login, events }) // everything → operators

    this.apiUrl = api.url
    this.apiId = api.apiId
    this.tableName = store.tableName
    this.bucketName = uploads.bucketName
    this.packageBucketName = packages.bucketName
    this.eventBus = events.eventBus
    this.dockPolicyName = link.dockPolicyName
    this.outputs = {
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
    }
  }

  /**
   * Lets `grantee` read all archives, and decrypt them if they are encrypted with your key. Such reads are
   * not recorded; downloads through the API are.
   * @throws WrongOptions if archives are outside AWS
   */
  grantReadArchives(grantee: IGrantable): Grant {
    if (this.uploads instanceof ExternalStorage)
      throw new WrongOptions('grantReadArchives: archives are outside AWS, where AWS rights have no effect')
    return this.uploads.grantReadTo(grantee)
  }

  /**
   * Lets `grantee` do what `npm run redrive` does: put messages from dead-letter queues back into their
   * queues, and publish events that could not be published.
   */
  grantRedrive(grantee: IGrantable): Grant {
    const queues = this.node.findAll().filter((one) => one instanceof Queue)
    const onQueues = [
      'GetQueueAttributes',
      'ReceiveMessage',
      'ChangeMessageVisibility',
      'DeleteMessage',
      'SendMessage',
    ]
    const grants = [
      { actions: ['sqs:ListQueues'], resourceArns: ['*'] },
      {
        actions: onQueues.map((name) => `sqs:${name}`),
        resourceArns: queues.map(({ queueArn }) => queueArn),
      },
      { actions: ['events:PutEvents'], resourceArns: [this.events.busArn] },
      ...this.store.redriveReads,
    ].map((one) => Grant.addToPrincipal({ grantee, ...one }))
    return grants.reduce((all, one) => all.combine(one))
  }

  /**
   * Starts `target` with each event of these types from this Groundcrew, and from no other on the same bus:
   * at least once, in no particular order. EventBridge retries for a day; give the target a dead-letter queue
   * of its own.
   */
  onEvent(id: string, { types, target, description }: OnEventProps): Rule {
    return this.events.rule(this, id, { types: types ?? ['groundcrew.*'], targets: [target], description })
  }
}
