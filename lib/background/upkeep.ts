import { Duration } from 'aws-cdk-lib'
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import { Construct } from 'constructs'
import { env } from '../../lambdas/runtime/env.ts'
import { type ScheduleTrigger, scheduleRate, schedules } from '../../lambdas/triggers.ts'
import type { DeviceLink } from '../docks/device-link.ts'
import { BackendFunction } from '../functions/backend-function.ts'
import { options } from '../options/options.ts'
import type { Packages } from '../packages/packages.ts'
import type { ArchiveStorage } from '../storage/archive-storage.ts'
import type { Store } from '../storage/store.ts'
import type { Events } from './events.ts'

export type UpkeepProps = {
  readonly store: Store
  readonly uploads: ArchiveStorage
  readonly link: DeviceLink
  readonly packages: Packages
  /** Its queue also keeps failed starts: one alarm watches both. */
  readonly events: Events
}

/**
 * EventBridge's quota.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
 */
const maxTargets = 5

/** A rule with the schedule, and the number of sweeps that it starts. */
export type ClockRule = { readonly ruleName: string; readonly starts: number }

/**
 * The schedule: it starts the sweeps, which end, check and cancel due items, and start follow-ups. A failed
 * run is retried by Lambda, and again by the next minute's run; its event is kept in the failure queue.
 */
export class Upkeep extends Construct {
  /**
   * The rules that start the sweeps once a minute. Alarms on these few rules cost less than one on each
   * sweep.
   */
  readonly clock: readonly ClockRule[]
  /** Collects logs; `Collections` grants its rights. */
  readonly collections: BackendFunction
  private readonly events: Events

  constructor(scope: Construct, id: string, { store, uploads, link, packages, events }: UpkeepProps) {
    super(scope, id)
    this.events = events
    const uploadSweep = this.sweep(schedules.sweep)
    store.grant(uploadSweep, 'listDue', 'read', 'readMany', 'put', 'update')
    link.grantDockCommands(uploadSweep)
    uploads.grantInspect(uploadSweep)
    const continuation = this.sweep(schedules.continueUploads)
    store.grant(continuation, 'listDue', 'read', 'readMany', 'list', 'put', 'update')
    link.grantDockCommands(continuation)
    uploads.grantLend(continuation)
    continuation.setEnv(env.longUploads, options(this).longUploads)
    const upgradeSweep = this.sweep(schedules.sweepUpgrades)
    store.grant(upgradeSweep, 'listDue', 'read', 'readMany', 'put', 'update')
    link.grantDeviceRequests(upgradeSweep)
    link.grantDockCommands(upgradeSweep)
    packages.grantRead(upgradeSweep)
    const proving = this.sweep(schedules.provePackages)
    store.grant(proving, 'listDue', 'read', 'update')
    packages.grantProve(proving)
    this.collections = this.sweep(schedules.runCollections)
    const webhookRetries = this.sweep(schedules.retryWebhooks)
    store.grant(webhookRetries, 'listDue', 'read', 'readMany', 'put', 'update')
    const campaignSweep = this.sweep(schedules.sweepCampaigns)
    store.grant(campaignSweep, 'listDue', 'listCampaign', 'listKind', 'list', 'read', 'readMany')
    store.grant(campaignSweep, 'put', 'update', 'delete')
    link.grantDeviceRequests(campaignSweep)
    const sweeps = [
      uploadSweep,
      continuation,
      upgradeSweep,
      proving,
      this.collections,
      webhookRetries,
      campaignSweep,
    ]
    this.clock = this.everyMinute(sweeps)
  }

  private sweep({ function: name, description, timeoutSeconds = 50 }: ScheduleTrigger): BackendFunction {
    return new BackendFunction(this, name, {
      file: `clock/${name}`,
      description,
      timeout: Duration.seconds(timeoutSeconds),
      failures: this.events.failures,
    })
  }

  private everyMinute(sweeps: readonly BackendFunction[]): ClockRule[] {
    const groups = Array.from({ length: Math.ceil(sweeps.length / maxTargets) }, (_, n) =>
      sweeps.slice(n * maxTargets, (n + 1) * maxTargets),
    )
    return groups.map((group, n) => {
      const { ruleName } = new Rule(this, `Clock${n + 1}`, {
        description: `Starts ${group.map(({ node }) => node.id).join(', ')}`,
        schedule: Schedule.expression(`rate(${scheduleRate})`),
        // An older start is superseded by a newer one.
        targets: group.map(
          ({ lambda }) =>
            new LambdaFunction(lambda, {
              deadLetterQueue: this.events.failures,
              maxEventAge: Duration.minutes(2),
              retryAttempts: 2,
            }),
        ),
      })
      return { ruleName, starts: group.length }
    })
  }
}
