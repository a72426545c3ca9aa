/**
 * What docks report about upgrades, in our own terms. `up.ts` makes these from the vendor's messages; nothing
 * outside this folder knows a vendor field name. The version that a machine runs is reported elsewhere
 * (`Firmware` of `dji-dock/facts.ts`).
 */
import type { AnswerTo } from '../dji-events.ts'

/**
 * A dock's reply to an offer. `commandId` is the vendor's `tid`. A `result` other than 0 is a refusal;
 * `refused`: the dock refuses in its status, although its result code is 0.
 */
export type OfferReply = { commandId: string; processId?: string; result: number; refused?: true }

/** How an upgrade ended, as the dock reports it. `done` is a claim: only the version proves it. */
export type End = 'done' | 'failed' | 'canceled' | 'rejected' | 'timedOut'

/** What a dock is doing with a package. `unknown`: a status that we do not know; never an end. */
export type Status = 'sent' | 'running' | 'paused' | 'unknown'

/**
 * A dock's progress with an upgrade as a whole, of dock and aircraft. The message does not say which machines
 * it is about.
 */
export type UpgradeProgress = {
  /** The vendor's `bid`: the offer's, or one of the dock's own (README.md). */
  processId?: string
  /** Set unless `end` is. */
  status?: Status
  end?: End
  stage?: 'downloading' | 'installing'
  /** 0 to 100; whether of the stage or of the whole is not documented. */
  percent?: number
  /** The vendor's fault code, never 0. */
  result?: number
  /** Set if the dock needs its event acknowledged: for `acknowledgeEvent` of `dji-dock/down.ts`. */
  acknowledge?: AnswerTo
  /** The payload names another gateway than its topic does. The topic counts. */
  gatewayContradicts: boolean
}
