import { Duration } from 'aws-cdk-lib'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { env } from '../../lambdas/runtime/env.ts'
import { acknowledgingRules, answerRules } from '../../lambdas/triggers.ts'
import { BackendFunction } from '../functions/backend-function.ts'
import { failureQueue } from '../functions/failure-queue.ts'
import { TopicRule } from '../functions/topic-rule.ts'
import { options } from '../options/options.ts'
import type { Store } from '../storage/store.ts'
import type { DeviceLink } from './device-link.ts'

export type DockServerProps = {
  readonly store: Store
  readonly link: DeviceLink
  /** Gets messages that a rule could not deliver. */
  readonly ruleFailures: Queue
}

/**
 * What makes us the only platform that docks need (`-c dockServer=on`): docks' requests, and messages that
 * need an acknowledgement, start a function at once, since a dock waits three seconds. Lambda retries a
 * failed start twice; after that the failure queue keeps it.
 *
 * The rules have no alarm for lost messages: docks repeat those.
 */
export class DockServer extends Construct {
  readonly function: BackendFunction
  /** Messages that the function failed on. */
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
    link.grantDockReplies(this.function)
    if (dockLicenceSecretArn) {
      this.function.allow(['secretsmanager:GetSecretValue'], [dockLicenceSecretArn])
      this.function.setEnv(env.dockLicenceSecret, dockLicenceSecretArn)
    }
    if (ntpHost) this.function.setEnv(env.ntpHost, ntpHost)
    for (const [name, { sql, description }] of Object.entries(answerRules)) {
      if (ackEvents === 'off' && acknowledgingRules.includes(name)) continue
      const target = { function: this.function.lambda }
      new TopicRule(this, name, { sql, description, target, failures: ruleFailures })
    }
  }
}
