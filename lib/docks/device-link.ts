import { ArnFormat, Stack } from 'aws-cdk-lib'
import { Construct } from 'constructs'
import { env } from '../../lambdas/runtime/env.ts'
import { topicsOf as dockTopicsOf } from '../../protocols/dji-dock/topics.ts'
import { topicsOf } from '../../protocols/dji-remote-log/topics.ts'
import { topicsOf as deviceTopicsOf } from '../../protocols/huawei-ota/topics.ts'
import type { BackendFunction } from '../functions/backend-function.ts'
import { options } from '../options/options.ts'
import { acknowledgeWildcard } from '../wildcards.ts'
import { DockPolicy } from './dock-policy.ts'

/**
 * The way to docks and devices: the right to publish to them, and the policy for docks that connect to AWS
 * themselves.
 */
export class DeviceLink extends Construct {
  private readonly dockPolicy: DockPolicy

  constructor(scope: Construct, id: string) {
    super(scope, id)
    this.dockPolicy = new DockPolicy(this, 'DockPolicy')
  }

  get dockPolicyName(): string {
    return this.dockPolicy.policyName
  }

  /** Lets `fn` send commands to docks. */
  grantDockCommands(fn: BackendFunction): void {
    this.grantPublish(fn, topicsOf('*').services)
  }

  /** Lets `fn` ask devices for their versions, and offer them packages. */
  grantDeviceRequests(fn: BackendFunction): void {
    this.grantPublish(fn, deviceTopicsOf('*').requests)
  }

  /**
   * Lets `fn` answer devices on the same topic, and tells it whether their own platform answers requests for
   * the time (`-c timeSync=off`).
   */
  grantDeviceAnswers(fn: BackendFunction): void {
    this.grantDeviceRequests(fn)
    fn.setEnv(env.timeSync, options(this).timeSync)
  }

  /** Lets `fn` acknowledge docks' events, unless another platform on the broker does (`-c ackEvents=off`). */
  grantDockAcknowledgements(fn: BackendFunction): void {
    const { ackEvents } = options(this)
    if (ackEvents === 'on') this.grantPublish(fn, topicsOf('*').eventsReply)
    fn.setEnv(env.acknowledgeEvents, ackEvents)
  }

  /** Lets `fn` answer docks' requests and messages, including events and properties of their aircraft. */
  grantDockReplies(fn: BackendFunction): void {
    const { requestsReply, statusReply, eventsReply, stateReply } = dockTopicsOf('*')
    const acknowledging = options(this).ackEvents === 'on' ? [eventsReply, stateReply] : []
    for (const topic of [requestsReply, statusReply, ...acknowledging]) this.grantPublish(fn, topic)
  }

  /** Lets `fn` end connections of docks. */
  grantDockDisconnect(fn: BackendFunction): void {
    const arn = iotArn(this, 'client', '*')
    fn.allow(['iot:DeleteConnection'], [arn])
    acknowledgeWildcard(
      fn,
      arn,
      'A dock’s client ids begin with its serial number; the request says which dock.',
    )
    this.setIotEndpoint(fn)
  }

  private setIotEndpoint(fn: BackendFunction): void {
    const { iotEndpoint } = options(this)
    if (iotEndpoint) fn.setEnv(env.iotEndpoint, iotEndpoint)
  }

  private grantPublish(fn: BackendFunction, topic: string): void {
    const arn = iotArn(this, 'topic', topic)
    fn.allow(['iot:Publish'], [arn])
    acknowledgeWildcard(
      fn,
      arn,
      'One function serves all docks and devices; the pattern is the topic with any of their ids.',
    )
    this.setIotEndpoint(fn)
  }
}

const iotArn = (scope: Construct, resource: 'topic' | 'client', resourceName: string): string =>
  Stack.of(scope).formatArn({
    service: 'iot',
    resource,
    resourceName,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  })
