import type { AnswerTo } from '../dji-events.ts'

/**
 * What docks request from their server and report to it, in our own terms. `up.ts` makes these from the
 * vendor's messages; nothing outside this folder knows a vendor field name.
 */

export type { AnswerTo }

/** A device, the dock itself or its aircraft, that a dock asks to bind. Missing fields were unusable. */
export type BindDevice = {
  sn: string
  bindingCode?: string
  organizationId?: string
  callSign?: string
  /** `{domain}-{type}-{sub type}`, such as `3-3-0` for a Dock 3. */
  model?: string
}

/**
 * A dock's request. `config`: its licence and time server, at each connect; `bindStatus`: whether devices
 * belong to an organization; `organization`: the name of one, before binding; `bind`: to bind to it;
 * `flightAreas` and `offlineMap`: before each take-off; `other`: anything that we have no answer for.
 */
export type Ask =
  | { kind: 'config' }
  | { kind: 'bindStatus'; sns: readonly string[] }
  | { kind: 'organization'; organizationId?: string; bindingCode?: string }
  | { kind: 'bind'; devices: readonly BindDevice[] }
  | { kind: 'flightAreas' }
  | { kind: 'offlineMap' }
  | { kind: 'other'; method: string }

export type DockRequest = { ask: Ask; answerTo: AnswerTo }

/** An aircraft that is switched on. `index` is its channel to the dock. */
export type ConnectedAircraft = { sn: string; model?: string; index?: string }

/**
 * All that is connected to a dock, complete each time: if an aircraft is missing, it is switched off.
 * `answerTo` is missing if the message has nothing to answer to.
 */
export type Topology = {
  dock: { model?: string }
  aircraft: readonly ConnectedAircraft[]
  answerTo?: AnswerTo
}

/**
 * The version that the topic's device runs. `dockSn`: the dock that speaks, if the message names it; for an
 * aircraft nothing else in the message does.
 */
export type Firmware = { version: string; dockSn?: string }

/** A message meant for us but unusable; with `answerTo`, the dock still waits for an answer. */
export type Unusable = { outcome: 'notUnderstood'; reason: string; path: string; answerTo?: AnswerTo }
