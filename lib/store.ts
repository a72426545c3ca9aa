import { RemovalPolicy } from 'aws-cdk-lib'
import { type Attribute, AttributeType, BillingMode, ProjectionType, Table } from 'aws-cdk-lib/aws-dynamodb'
import { Construct } from 'constructs'
import { env } from '../lambdas/env.ts'
import { type Retention, table } from '../lambdas/store/table.ts'
import type { BackendFunction } from './backend-function.ts'
import { options } from './options.ts'

const attribute = ({ name, type }: { name: string; type: 'S' | 'N' }): Attribute => ({
  name,
  type: type === 'S' ? AttributeType.STRING : AttributeType.NUMBER,
})

/**
 * All that Groundcrew remembers: one DynamoDB table, described in `lambdas/store/table.ts`. It survives the stack.
 * The request limits are fuses against runaway cost, not capacity; DynamoDB keeps them as a best effort.
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
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
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

  /** Lets `fn` read records, one by one or by key range; there is no right to scan. */
  grantRead(fn: BackendFunction): void {
    const indexes = Object.values(table.indexes).map(({ name }) => `${this.table.tableArn}/index/${name}`)
    fn.allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem'], [this.table.tableArn])
    fn.allow(['dynamodb:Query'], [this.table.tableArn, ...indexes])
    fn.tell(env.table, this.table.tableName)
  }

  /**
   * Lets `fn` read and change records. A transaction needs the rights of its parts.
   * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
   */
  grantWrite(fn: BackendFunction): void {
    this.grantRead(fn)
    fn.allow(
      ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:ConditionCheckItem'],
      [this.table.tableArn],
    )
    const { commandDays, uploadDays, upgradeDays, rejectedDays } = options(this)
    const retention: Retention = {
      commands: commandDays,
      uploads: uploadDays,
      upgrades: upgradeDays,
      rejected: rejectedDays,
    }
    fn.tell(env.retention, JSON.stringify(retention))
  }
}
