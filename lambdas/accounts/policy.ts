import { topicsOfAircraft, topicsOfDock } from '../../protocols/dji-dock/topics.ts'
import { dockSnPattern } from '../../protocols/dji-remote-log/topics.ts'

/** What a dock may do once it is in. Pure. */

type Statement = { Effect: 'Allow'; Action: string[]; Resource: string[] }
export type PolicyDocument = { Version: '2012-10-17'; Statement: Statement[] }

/**
 * As IoT Core wants an answer. It asks again with the same login after `refreshAfterInSeconds`, which has to
 * be 300 to 86,400, and ends the connection after `disconnectAfterInSeconds`, which has to be the same.
 * https://docs.aws.amazon.com/iot/latest/developerguide/custom-auth-lambda.html
 */
export type AuthorizerAnswer = {
  isAuthenticated: boolean
  principalId: string
  disconnectAfterInSeconds: number
  refreshAfterInSeconds: number
  policyDocuments: PolicyDocument[]
}

/** The soonest that can be: a new aircraft, or a revocation, is known to a connection after this. */
const refreshAfterInSeconds = 300
const disconnectAfterInSeconds = 86_400

/** A dock has one aircraft, or two; of more the document would be too long. */
export const mostAircraft = 2

/**
 * Exactly this dock's topics and its aircraft's, in several documents: there may be ten, of 2,048 characters
 * each.
 * `iot` is what its ARNs begin with, `arn:aws:iot:{region}:{account}`.
 */
export const policyOf = (dockSn: string, aircraft: readonly string[], iot: string): PolicyDocument[] => {
  const allow = (Action: string[], Resource: string[]): Statement => ({ Effect: 'Allow', Action, Resource })
  const topics = (names: readonly string[]): string[] => names.map((name) => `${iot}:topic/${name}`)
  // A serial number is a pattern's part here: one with a wildcard would open others' topics.
  const flying = aircraft.filter((sn) => dockSnPattern.test(sn)).slice(0, mostAircraft)
  const ofAircraft = flying.map(topicsOfAircraft)
  // A dock may subscribe to more of its own topics than are known.
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
