import { Duration } from 'aws-cdk-lib'
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { schedules } from '../lambdas/triggers.ts'
import { BackendFunction } from './backend-function.ts'
import type { DeviceLink } from './device-link.ts'
import { failureQueue } from './failure-queue.ts'
import type { Store } from './store.ts'
import type { UploadStorage } from './upload-storage.ts'

export type UpkeepProps = {
  readonly store: Store
  readonly uploads: UploadStorage
  readonly link: DeviceLink
}

/**
 * What happens without anybody asking: the clock starts the sweeps, which end, check and cancel what is due. A run that
 * fails is repeated by Lambda and then by the next minute; its event is kept among the failures.
 */
export class Upkeep extends Construct {
  constructor(scope: Construct, id: string, { store, uploads, link }: UpkeepProps) {
    super(scope, id)
    const failures = failureQueue(this, 'Failures')
    const uploadSweep = this.every('Sweep', schedules.sweep, failures)
    store.grantWrite(uploadSweep)
    link.grantCommand(uploadSweep)
    uploads.grantInspect(uploadSweep)
    const upgradeSweep = this.every('SweepUpgrades', schedules.sweepUpgrades, failures)
    store.grantWrite(upgradeSweep)
    link.grantAsk(upgradeSweep)
    store.grantWrite(this.every('SweepCampaigns', schedules.sweepCampaigns, failures))
  }

  private every(
    id: string,
    schedule: (typeof schedules)[keyof typeof schedules],
    failures: Queue,
  ): BackendFunction {
    const { function: name, rate, description } = schedule
    const sweep = new BackendFunction(this, name, {
      file: `clock/${name}`,
      description,
      timeout: Duration.seconds(50),
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
