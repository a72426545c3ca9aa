import { Duration } from 'aws-cdk-lib'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { env } from '../lambdas/env.ts'
import { acknowledgingRules, answerRules } from '../lambdas/triggers.ts'
import { BackendFunction } from './backend-function.ts'
import type { DeviceLink } from './device-link.ts'
import { failureQueue } from './failure-queue.ts'
import { options } from './options.ts'
import type { Store } from './store.ts'
import { TopicRule } from './topic-rule.ts'

export type DockServerProps = {
  readonly store: Store
  readonly link: DeviceLink
  /** Gets what no rule could hand on. */
  readonly ruleFailures: Queue
}

/**
 * What makes us the only platform that docks need (`-c dockServer=on`): their questions and what they want
 * acknowledged start a function at once, since a dock waits three seconds. Lambda tries a failed start twice
 * more; what failed three times is kept.
 *
 * The rules have no alarm for lost messages of their own: what is lost here a dock asks again.
 */
export class DockServer extends Construct {
  readonly function: BackendFunction
  /** What the function failed on. */
  readonly failures: Queue

  constructor(scope: Construct, id: string, { store, link, ruleFailures }: DockServerProps) {
    super(scope, id)
    const { ackEvents, dockLicenceSecretArn, ntpHost } = options(this)
    this.failures = failureQueue(this, 'AnswerFailures')
    this.function = new BackendFunction(this, 'answer-docks', {
      file: 'docks/answer-docks',
      description: 'Answers docks',
      timeout: Duration.seconds(20),
      failures: this.failures,
    })
    store.grant(this.function, 'readMany', 'list', 'put', 'update')
    link.grantReply(this.function)
    if (dockLicenceSecretArn) {
      this.function.allow(['secretsmanager:GetSecretValue'], [dockLicenceSecretArn])
      this.function.tell(env.dockLicenceSecret, dockLicenceSecretArn)
    }
    if (ntpHost) this.function.tell(env.ntpHost, ntpHost)
    for (const [name, { sql, description }] of Object.entries(answerRules)) {
      if (ackEvents === 'off' && acknowledgingRules.includes(name)) continue
      const target = { function: this.function.lambda }
      new TopicRule(this, name, { sql, description, target, failures: ruleFailures })
    }
  }
}
