import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import {
  type Attribute,
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
} from 'aws-cdk-lib/aws-dynamodb'
import { EventSourceMapping, StartingPosition } from 'aws-cdk-lib/aws-lambda'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { env } from '../../lambdas/runtime/env.ts'
import { type Retention, table } from '../../lambdas/table/schema.ts'
import type { StreamTrigger } from '../../lambdas/triggers.ts'
import type { BackendFunction } from '../functions/backend-function.ts'
import { options } from '../options/options.ts'

const attribute = ({ name, type }: { name: string; type: 'S' | 'N' }): Attribute => ({
  name,
  type: type === 'S' ? AttributeType.STRING : AttributeType.NUMBER,
})

/** What a function may do with the table; each is a separate right. */
const actions = {
  /** One record by its key. */
  read: 'dynamodb:GetItem',
  /** Several records by their keys. */
  readMany: 'dynamodb:BatchGetItem',
  /** Records of one dock, device or campaign, by key range. */
  list: 'dynamodb:Query',
  /** Records of a kind across docks, devices and campaigns. */
  listKind: 'dynamodb:Query',
  /** Records that are due. */
  listDue: 'dynamodb:Query',
  /** The devices of a campaign, by shard and state. */
  listCampaign: 'dynamodb:Query',
  put: 'dynamodb:PutItem',
  update: 'dynamodb:UpdateItem',
  delete: 'dynamodb:DeleteItem',
} as const
export type TableUse = keyof typeof actions

/**
 * All of Groundcrew's data: one DynamoDB table, described in `lambdas/table/schema.ts`. It outlives the
 * stack. The request limits protect against runaway cost; they reserve no capacity, and DynamoDB enforces them
 * only on a best-effort basis.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode-max-throughput.html
 */
export class Store extends Construct {
  private readonly table: Table

  constructor(scope: Construct, id: string) {
    super(scope, id)
    const { maxReadUnits, maxWriteUnits } = options(this)
    this.table = new Table(this, 'Table', {
      partitionKey: attribute({ name: table.partitionKey, type: 'S' }),
      sortKey: attribute({ name: table.sortKey, type: 'S' }),
      timeToLiveAttribute: table.timeToLive,
      billingMode: BillingMode.PAY_PER_REQUEST,
      maxReadRequestUnits: maxReadUnits,
      maxWriteRequestUnits: maxWriteUnits,
      // An existing table gets the stream without being replaced.
      // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      // Not `RETAIN_ON_UPDATE_OR_DELETE`: after a failed first deployment, deleting the protected table would
      // fail too.
      removalPolicy: RemovalPolicy.RETAIN,
    })
    for (const { name, partitionKey, sortKey, attributes } of Object.values(table.indexes)) {
      this.table.addGlobalSecondaryIndex({
        indexName: name,
        partitionKey: attribute(partitionKey),
        sortKey: attribute(sortKey),
        ...(attributes.length > 0
          ? { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...attributes] }
          : { projectionType: ProjectionType.KEYS_ONLY }),
      })
    }
  }

  get tableName(): string {
    return this.table.tableName
  }

  /**
   * Lets `fn` do these things with records, and nothing else; there is no right to scan. A transaction needs
   * the rights of its parts.
   * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
   */
  grant(fn: BackendFunction, ...uses: readonly TableUse[]): void {
    for (const use of uses) fn.allow([actions[use]], [this.arnFor(use)])
    fn.setEnv(env.table, this.table.tableName)
    if (!uses.some((use) => use === 'put' || use === 'update')) return
    const { commandDays, uploadDays, upgradeDays, rejectedDays } = options(this)
    const retention: Retention = {
      commands: commandDays,
      uploads: uploadDays,
      upgrades: upgradeDays,
      rejected: rejectedDays,
    }
    fn.setEnv(env.retention, JSON.stringify(retention))
  }

  /**
   * Starts `fn` with each change of a record, in order per record. Lambda retries failed records, in the end
   * each alone, until they are too old: then `failures` gets their position in the stream.
   * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
   */
  startOnChanges(
    fn: BackendFunction,
    { batchSize, maximumAgeSeconds }: StreamTrigger,
    failures: IQueue,
  ): void {
    const stream = this.table.tableStreamArn
    if (!stream) throw new Error('The table has no stream')
    // https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
    fn.allow(
      ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'].map((name) => `dynamodb:${name}`),
      [stream],
    )
    const mapping = new EventSourceMapping(fn, 'Changes', {
      target: fn.lambda,
      eventSourceArn: stream,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize,
      bisectBatchOnError: true,
      retryAttempts: -1,
      maxRecordAge: Duration.seconds(maximumAgeSeconds),
      reportBatchItemFailures: true,
      onFailure: { bind: () => ({ destination: failures.queueArn }) },
    })
    // Lambda checks these rights when the mapping is created.
    mapping.node.addDependency(fn.role)
  }

  /** The rights to read changes again that could not be published. */
  get redriveReads(): readonly { actions: string[]; resourceArns: string[] }[] {
    const stream = this.table.tableStreamArn
    if (!stream) throw new Error('The table has no stream')
    return [
      { actions: ['dynamodb:BatchGetItem'], resourceArns: [this.table.tableArn] },
      { actions: ['dynamodb:GetShardIterator', 'dynamodb:GetRecords'], resourceArns: [stream] },
    ]
  }

  private arnFor(use: TableUse): string {
    if (use === 'listKind') return `${this.table.tableArn}/index/${table.indexes.byKind.name}`
    if (use === 'listDue') return `${this.table.tableArn}/index/${table.indexes.due.name}`
    if (use === 'listCampaign') return `${this.table.tableArn}/index/${table.indexes.byCampaign.name}`
    return this.table.tableArn
  }
}
