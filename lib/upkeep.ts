import { Duration } from 'aws-cdk-lib'
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { env } from '../lambdas/env.ts'
import { type ScheduleTrigger, schedules } from '../lambdas/triggers.ts'
import type { ArchiveStorage } from './archive-storage.ts'
import { BackendFunction } from './backend-function.ts'
import type { DeviceLink } from './device-link.ts'
import { failureQueue } from './failure-queue.ts'
import { options } from './options.ts'
import type { Packages } from './packages.ts'
import type { Store } from './store.ts'

export type UpkeepProps = {
  readonly store: Store
  readonly uploads: ArchiveStorage
  readonly link: DeviceLink
  readonly packages: Packages
}

/**
 * What happens without anybody asking: the clock starts the sweeps, which end, check and cancel what is due,
 * and start what has to follow. A run that fails is repeated by Lambda and then by the next minute; its event
 * is kept among the failures.
 */
export class Upkeep extends Construct {
  /** What the clock starts once a minute, and an alarm looks after. */
  readonly sweeps: BackendFunction[] = []
  /** Collects logs by itself; `Collections` gives it its rights. */
  readonly collections: BackendFunction
  /** Starts that failed. */
  readonly failures: Queue

  constructor(scope: Construct, id: string, { store, uploads, link, packages }: UpkeepProps) {
    super(scope, id)
    const failures = failureQueue(this, 'SweepFailures')
    this.failures = failures
    const uploadSweep = this.every('Sweep', schedules.sweep, failures)
    store.grant(uploadSweep, 'listDue', 'read', 'readMany', 'put', 'update')
    link.grantCommand(uploadSweep)
    uploads.grantInspect(uploadSweep)
    const continuation = this.every('ContinueUploads', schedules.continueUploads, failures)
    store.grant(continuation, 'listDue', 'read', 'readMany', 'list', 'put', 'update')
    link.grantCommand(continuation)
    uploads.grantLend(continuation)
    continuation.tell(env.longUploads, options(this).longUploads)
    const upgradeSweep = this.every('SweepUpgrades', schedules.sweepUpgrades, failures)
    store.grant(upgradeSweep, 'listDue', 'read', 'readMany', 'put', 'update')
    link.grantAsk(upgradeSweep)
    link.grantCommand(upgradeSweep)
    packages.grantRead(upgradeSweep)
    const proving = this.every('ProvePackages', schedules.provePackages, failures)
    store.grant(proving, 'listDue', 'read', 'update')
    packages.grantProve(proving)
    this.collections = this.every('RunCollections', schedules.runCollections, failures)
    // Not watched by itself, which would cost as much as all the rest of it: without it what waits is late.
    const retries = this.started('RetryWebhooks', schedules.retryWebhooks, failures)
    store.grant(retries, 'listDue', 'read', 'readMany', 'put', 'update')
    const campaignSweep = this.every('SweepCampaigns', schedules.sweepCampaigns, failures)
    store.grant(campaignSweep, 'listDue', 'listCampaign', 'listKind', 'list', 'read', 'readMany')
    store.grant(campaignSweep, 'put', 'update', 'delete')
    link.grantAsk(campaignSweep)
  }

  private every(id: string, schedule: ScheduleTrigger, failures: Queue): BackendFunction {
    const sweep = this.started(id, schedule, failures)
    this.sweeps.push(sweep)
    return sweep
  }

  private started(id: string, schedule: ScheduleTrigger, failures: Queue): BackendFunction {
    const { function: name, rate, description, timeoutSeconds = 50 } = schedule
    const sweep = new BackendFunction(this, name, {
      file: `clock/${name}`,
      description,
      timeout: Duration.seconds(timeoutSeconds),
      failures,
    })
    new Rule(this, id, {
      description,
      schedule: Schedule.expression(`rate(${rate})`),
      // An older start has nothing to add to a newer one.
      targets: [
        new LambdaFunction(sweep.lambda, {
          deadLetterQueue: failures,
          maxEventAge: Duration.minutes(2),
          retryAttempts: 2,
        }),
      ],
    })
    return sweep
  }
}
