import { Aws, Duration, Stack, Token } from 'aws-cdk-lib'
import { EventBus, type IEventBus, type IRuleTarget, Match, Rule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { type EventSelection, eventSource } from '../../lambdas/events/names.ts'
import { env } from '../../lambdas/runtime/env.ts'
import { streams } from '../../lambdas/triggers.ts'
import { BackendFunction } from '../functions/backend-function.ts'
import { failureQueue } from '../functions/failure-queue.ts'
import { options } from '../options/options.ts'
import { WrongOptions } from '../options/wrong-options.ts'
import type { Store } from '../storage/store.ts'

/**
 * Publishes changes: the table's stream starts a function that puts events on a bus. Our functions subscribe
 * with `on`, others with rules of their own; `docs/events.md` describes how. Changes that could not be
 * published, and failed starts of functions that an event or the schedule starts, wait in one queue.
 */
export class Events extends Construct {
  readonly eventBus: IEventBus
  readonly busArn: string
  /**
   * Changes that could not be published, and failed starts: pass it to functions that `on` or the schedule
   * starts.
   */
  readonly failures: Queue
  /** Publishes the changes in the table's stream. */
  readonly publisher: BackendFunction
  private readonly source: string

  constructor(scope: Construct, id: string, { store }: { readonly store: Store }) {
    super(scope, id)
    this.source = eventSource(Aws.STACK_NAME)
    this.failures = failureQueue(this, 'EventFailures')
    this.eventBus = this.busOf(options(this).eventBusArn)
    this.busArn = this.eventBus.eventBusArn
    const { changes } = streams
    const publisher = new BackendFunction(this, changes.function, {
      file: `stream/${changes.function}`,
      description: 'Publishes changes as events',
      timeout: Duration.seconds(60),
    })
    this.publisher = publisher
    store.grant(publisher, 'readMany')
    this.grantPublish(publisher)
    publisher.allow(['sqs:SendMessage'], [this.failures.queueArn])
    publisher.setEnv(env.eventFailures, this.failures.queueUrl)
    store.startOnChanges(publisher, changes, this.failures)
  }

  /** Lets `fn` put events on the bus. */
  grantPublish(fn: BackendFunction): void {
    fn.allow(['events:PutEvents'], [this.busArn])
    fn.setEnv(env.eventBus, this.busArn)
    fn.setEnv(env.eventSource, this.source)
  }

  /**
   * Starts `fn` asynchronously with each event of these types from this stack: at least once, in no
   * particular order. EventBridge retries for a day, then the event waits in the failure queue.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
   */
  on(id: string, types: readonly EventSelection[], fn: BackendFunction): void {
    this.rule(this, id, {
      types,
      description: `What starts ${fn.node.id}`,
      targets: [
        new LambdaFunction(fn.lambda, {
          deadLetterQueue: this.failures,
          maxEventAge: Duration.hours(24),
          retryAttempts: 185,
        }),
      ],
    })
  }

  /** A rule for events of these types from this stack. */
  rule(scope: Construct, id: string, { types, description, targets }: EventRule): Rule {
    return new Rule(scope, id, {
      eventBus: this.eventBus,
      ...(description === undefined ? {} : { description }),
      eventPattern: {
        source: ['groundcrew'],
        detailType: Match.anyOf(...types.map(matching)),
        detail: { source: [this.source] },
      },
      targets: [...targets],
    })
  }

  /**
   * @throws WrongOptions for a bus in another region or account, as far as these are known before deployment
   */
  private busOf(arn: string | undefined): IEventBus {
    // The CDK's own types do not support `exactOptionalPropertyTypes`.
    if (arn === undefined) return new EventBus(this, 'Bus', { eventBusName: Aws.STACK_NAME }) as IEventBus
    if (Token.isUnresolved(arn)) return EventBus.fromEventBusArn(this, 'Bus', arn)
    const [, , , region = '', account = ''] = arn.split(':')
    const { CDK_DEFAULT_REGION, CDK_DEFAULT_ACCOUNT } = process.env
    this.mustBe('region', Stack.of(this).region, CDK_DEFAULT_REGION, region)
    this.mustBe('account', Stack.of(this).account, CDK_DEFAULT_ACCOUNT, account)
    return EventBus.fromEventBusArn(this, 'Bus', arn)
  }

  /** A stack without explicit region and account uses those of the CDK's command line. */
  private mustBe(what: string, own: string, fallback: string | undefined, given: string): void {
    const place = Token.isUnresolved(own) ? fallback : own
    if (place === undefined || place === given) return
    throw new WrongOptions(
      `These options (-c name=value) are wrong:\n  eventBusArn: must be in the stack’s ${what}, ${place}`,
    )
  }
}

export type EventRule = {
  readonly types: readonly EventSelection[]
  readonly description?: string | undefined
  readonly targets: readonly IRuleTarget[]
}

const matching = (type: EventSelection): string | string[] =>
  type.endsWith('.*') ? Match.prefix(type.slice(0, -1)) : type
