/**
 * What a dock can tell us of an upgrade, in our own words. `up.ts` makes these from the vendor's messages;
 * nothing outside this folder knows a vendor field name. Which version a machine runs is said elsewhere
 * (`Firmware` of `dji-dock/facts.ts`).
 */
import type { AnswerTo } from '../dji-dock/facts.ts'

/**
 * A dock's answer to an offer. `commandId` is the vendor's `tid`. A `result` that is not 0 is a refusal;
 * `refused`: the dock refuses in words, although its result code is 0.
 */
export type OfferReply = { commandId: string; processId?: string; result: number; refused?: true }

/** How an upgrade ended, as the dock tells it. `done` is a claim: only the version proves it. */
export type End = 'done' | 'failed' | 'canceled' | 'rejected' | 'timedOut'

/** What a dock does with a package. `unknown`: a status that we have no word for; never an end. */
export type Status = 'sent' | 'running' | 'paused' | 'unknown'

/**
 * How far a dock is with an upgrade: of the whole of it, dock and aircraft. Which machines it is about is
 * told by nothing in the message.
 */
export type UpgradeProgress = {
  /** The vendor's `bid`: that of the offer, or one of the dock's own (README.md). */
  processId?: string
  /** Set unless `end` is. */
  status?: Status
  end?: End
  stage?: 'downloading' | 'installing'
  /** 0 to 100; whether of the stage or of the whole is not documented. */
  percent?: number
  /** The vendor's code of a fault, never 0. */
  result?: number
  /** Set when the dock wants its event acknowledged: for `acknowledgeEvent` of `dji-dock/down.ts`. */
  acknowledge?: AnswerTo
  /** The payload names another gateway than its topic does. The topic counts. */
  gatewayContradicts: boolean
}
