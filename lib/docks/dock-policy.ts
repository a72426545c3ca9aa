import { RemovalPolicy, Stack } from 'aws-cdk-lib'
import { CfnPolicy } from 'aws-cdk-lib/aws-iot'
import { Construct } from 'constructs'
import { topicsOfAircraft, topicsOfDock } from '../../protocols/dji-dock/topics.ts'

const thing = (variable: string): string => `\${iot:Connection.Thing.${variable}}`
const sn = thing('ThingName')
const aircraftSn = thing('Attributes[aircraftSn]')

/**
 * The policy for docks that connect to IoT Core themselves: attach it to the certificate of a thing named by
 * the dock's serial number. It makes the serial number in a topic proof of the sender.
 *
 * The client id is the serial number, or that, a hyphen and anything, because docks open a second connection
 * as `{sn}-{time}`; serial numbers have no hyphen, so no client id can belong to two docks. For the second
 * form the certificate must be attached as an exclusive thing (`thingPrincipalType: EXCLUSIVE_THING`): then
 * the certificate alone determines the thing; otherwise IoT Core looks it up by the client id and refuses.
 * https://docs.aws.amazon.com/iot/latest/developerguide/thing-policy-variables.html
 * https://docs.aws.amazon.com/iot/latest/developerguide/exclusive-thing.html
 *
 * A dock also reports for its aircraft: give the thing the attribute `aircraftSn`. IoT Core disconnects a
 * client that publishes where it may not. A policy has at most 2,048 characters, so subscriptions are allowed
 * per dock and not per topic: `thing/product/` and `sys/product/` in one.
 *
 * It outlives the stack, since certificates may have it attached: docs/destroy.md says how to delete it.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_DeletePolicy.html
 */
export class DockPolicy extends Construct {
  /** Its generated name. */
  readonly policyName: string

  constructor(scope: Construct, id: string) {
    super(scope, id)
    const arn = (kind: string, path: string): string =>
      Stack.of(this).formatArn({ service: 'iot', resource: kind, resourceName: path })
    const allow = (Action: string | string[], Resource: string[]) => ({ Effect: 'Allow', Action, Resource })
    const policy = new CfnPolicy(this, 'Resource', {
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          allow('iot:Connect', [arn('client', sn), arn('client', `${sn}-*`)]),
          allow(
            'iot:Publish',
            topicsOfDock(sn).published.map((topic) => arn('topic', topic)),
          ),
          allow(
            'iot:Publish',
            topicsOfAircraft(aircraftSn).published.map((topic) => arn('topic', topic)),
          ),
          allow(
            ['iot:Subscribe', 'iot:Receive'],
            ['topicfilter', 'topic'].map((kind) => arn(kind, `*/product/${sn}/*`)),
          ),
        ],
      },
    })
    // IoT Core does not delete a policy that is attached to a certificate: deleting the stack would fail.
    policy.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
    this.policyName = policy.ref
  }
}
