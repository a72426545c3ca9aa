import { topicsOfAircraft, topicsOfDock } from '../../protocols/dji-dock/topics.ts'
import { dockSnPattern } from '../../protocols/dji-remote-log/topics.ts'

/** What a connected dock may do. Pure. */

type Statement = { Effect: 'Allow'; Action: string[]; Resource: string[] }
export type PolicyDocument = { Version: '2012-10-17'; Statement: Statement[] }

/**
 * The authorizer's answer to IoT Core. IoT Core calls again with the same login after
 * `refreshAfterInSeconds`, from 300 to 86,400, and ends the connection after `disconnectAfterInSeconds`, in
 * the same range.
 * https://docs.aws.amazon.com/iot/latest/developerguide/custom-auth-lambda.html
 */
export type AuthorizerAnswer = {
  isAuthenticated: boolean
  principalId: string
  disconnectAfterInSeconds: number
  refreshAfterInSeconds: number
  policyDocuments: PolicyDocument[]
}

/**
 * The least that IoT Core allows: a new aircraft, or a revocation, takes effect on a connection after this.
 */
const refreshAfterInSeconds = 300
const disconnectAfterInSeconds = 86_400

/** A dock has one or two aircraft; with more the document would be too long. */
export const maxAircraft = 2

/**
 * Allows exactly the topics of this dock and its aircraft. There may be ten documents of 2,048 characters
 * each. `iot` is the ARN prefix, `arn:aws:iot:{region}:{account}`.
 */
export const policyOf = (dockSn: string, aircraft: readonly string[], iot: string): PolicyDocument[] => {
  const allow = (Action: string[], Resource: string[]): Statement => ({ Effect: 'Allow', Action, Resource })
  const topics = (names: readonly string[]): string[] => names.map((name) => `${iot}:topic/${name}`)
  // Serial numbers become part of a pattern: one with a wildcard would open other docks' topics.
  const flying = aircraft.filter((sn) => dockSnPattern.test(sn)).slice(0, maxAircraft)
  const ofAircraft = flying.map(topicsOfAircraft)
  // A dock may subscribe to topics of its own that we do not know.
  const received = [
    `thing/product/${dockSn}/*`,
    `sys/product/${dockSn}/*`,
    ...ofAircraft.flatMap((topics) => topics.received),
  ]
  const documents = [
    [
      allow(['iot:Connect'], [`${iot}:client/${dockSn}`, `${iot}:client/${dockSn}-*`]),
      allow(['iot:Publish'], topics(topicsOfDock(dockSn).published)),
    ],
    [
      allow(
        ['iot:Subscribe'],
        received.map((name) => `${iot}:topicfilter/${name}`),
      ),
      allow(['iot:Receive'], topics(received)),
    ],
    ...ofAircraft.map(({ published }) => [allow(['iot:Publish'], topics(published))]),
  ]
  return documents.map((Statement) => ({ Version: '2012-10-17', Statement }))
}

export const letIn = (principalId: string, policyDocuments: PolicyDocument[]): AuthorizerAnswer => ({
  isAuthenticated: true,
  principalId,
  disconnectAfterInSeconds,
  refreshAfterInSeconds,
  policyDocuments,
})

export const keepOut: AuthorizerAnswer = {
  isAuthenticated: false,
  principalId: 'nobody',
  disconnectAfterInSeconds,
  refreshAfterInSeconds,
  policyDocuments: [],
}
